/*
 * client_docs.c - see client_docs.h.
 *
 * The completion of options asks "tarry COMMAND --help", and that of remote
 * paths "tarry ls": so they are never older than the program.
 */
#include "apps/client_docs.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "apps/client.h"
#include "apps/client_commands.h"

static const char bash_text[] =
    "# bash completion for tarry\n"
    "_tarry() {\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[1]}\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} word base name "
    "encode=\n"
    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$_tarry_commands\" -- "
    "\"$cur\"))\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tif [[ $cur == -* ]]; then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$(\"${COMP_WORDS[0]}\" "
    "\"$cmd\" --help 2>/dev/null |\n"
    "\t\t    grep -oE -- '--[a-z][a-z-]*')\" -- \"$cur\"))\n"
    "\t\treturn\n"
    "\tfi\n"
    "\t# The last word: after the last space that has no "
    "backslash.\n"
    "\twhile [[ $line =~ ^([^\\\\\\ ]|\\\\.)*\\ (.*)$ ]]; do\n"
    "\t\tline=${BASH_REMATCH[2]}\n"
    "\tdone\n"
    "\tword=${line#[\\\"\\']}\n"
    "\tword=${word//\\\\/}\n"
    "\tcase $word in\n"
    "\thttp://*/*|https://*/*)\n"
    "\t\tencode=--encode\n"
    "\t\t;;\n"
    "\t[a-zA-Z]*:*)\n"
    "\t\t;;\n"
    "\t*)\n"
    "\t\tcompopt -o default\n"
    "\t\treturn\n"
    "\t\t;;\n"
    "\tesac\n"
    "\tbase=${word%\"${word##*[/:]}\"}\n"
    "\tCOMPREPLY=()\n"
    "\twhile IFS= read -r name; do\n"
    "\t\t# Readline takes a colon for the end of a word.\n"
    "\t\t[[ $base$name != \"$word\"* ]] ||\n"
    "\t\t    COMPREPLY+=(\"${base##*:}$name\")\n"
    "\tdone < <(\"${COMP_WORDS[0]}\" ls --quiet --timeout 3s "
    "$encode -- \"$base\" 2>/dev/null)\n"
    "\tcompopt -o filenames -o nospace\n"
    "}\n"
    "complete -F _tarry tarry\n";

static const char zsh_text[] =
    "_tarry() {\n"
    "\tlocal word=${(Q)words[CURRENT]} base encode=\n"
    "\tlocal -a names\n"
    "\tif (( CURRENT == 2 )); then\n"
    "\t\tcompadd -- ${=_tarry_commands}\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tcase $word in\n"
    "\t-*)\n"
    "\t\tcompadd -- $($words[1] $words[2] --help 2>/dev/null |\n"
    "\t\t    grep -oE -- '--[a-z][a-z-]*')\n"
    "\t\treturn\n"
    "\t\t;;\n"
    "\thttp://*/*|https://*/*)\n"
    "\t\tencode=--encode\n"
    "\t\t;;\n"
    "\t[a-zA-Z]*:*)\n"
    "\t\t;;\n"
    "\t*)\n"
    "\t\t_files\n"
    "\t\treturn\n"
    "\t\t;;\n"
    "\tesac\n"
    "\tbase=${word%${word##*[/:]}}\n"
    "\tnames=(${(f)\"$($words[1] ls --quiet --timeout 3s "
    "$=encode -- $base 2>/dev/null)\"})\n"
    "\tcompadd -S '' -d names -- $base${^names}\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _tarry ]; then\n"
    "\t_tarry \"$@\" # it was loaded because it is wanted now\n"
    "else\n"
    "\tcompdef _tarry tarry\n"
    "fi\n";

static const char fish_text[] =
    "function __tarry_remote\n"
    "\tset -l word (commandline -ct | string unescape)\n"
    "\tset -l base (string replace -r '[^/:]*$' '' -- $word)\n"
    "\tset -l encode\n"
    "\tstring match -qr '^([a-zA-Z][^/]*:|https?://.*/)' -- "
    "$base; or return\n"
    "\tstring match -qr '^https?://' -- $base; and set encode "
    "--encode\n"
    "\ttarry ls --quiet --timeout 3s $encode -- $base "
    "2>/dev/null | while read -l name\n"
    "\t\techo -- $base$name\n"
    "\tend\n"
    "end\n"
    "function __tarry_options\n"
    "\ttarry (commandline -opc)[2] --help 2>/dev/null | string "
    "match -ra -- '--[a-z][a-z-]*'\n"
    "end\n"
    "complete -c tarry -n '__fish_is_first_token' -f -a "
    "\"$__tarry_commands\"\n"
    "complete -c tarry -n 'not __fish_is_first_token; and "
    "string match -q -- \"-*\" (commandline -ct)' -a "
    "'(__tarry_options)'\n"
    "complete -c tarry -n 'not __fish_is_first_token' -a "
    "'(__tarry_remote)'\n";

static void
print_names(const char *head, const char *const *names, const char *tail)
{
	(void)fputs(head, stdout);
	for (size_t i = 0; names[i] != NULL; i++)
		(void)printf("%s%s", i == 0 ? "" : " ", names[i]);
	(void)fputs(tail, stdout);
}

int
client_docs_completions(int argc, char **argv, const char *const *names)
{
	const char *shell = argc == 1 ? argv[0] : "";

	if (strcmp(shell, "bash") == 0) {
		print_names("_tarry_commands='", names, "'\n");
		(void)fputs(bash_text, stdout);
	} else if (strcmp(shell, "zsh") == 0) {
		print_names("#compdef tarry\n_tarry_commands='", names, "'\n");
		(void)fputs(zsh_text, stdout);
	} else if (strcmp(shell, "fish") == 0) {
		print_names("set -g __tarry_commands ", names, "\n");
		(void)fputs(fish_text, stdout);
	} else {
		(void)fprintf(
		    stderr, "usage: tarry completions bash|zsh|fish\n");
		return TARRY_USAGE;
	}
	return TARRY_DONE;
}

/* Text for troff: what would be a request, or an escape, is none. */
static void
print_troff(const char *text)
{
	bool at_start = true;

	for (; *text != '\0'; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			(void)fputs("\\&", stdout);
		if (*text == '\\')
			(void)fputs("\\e", stdout);
		else if (*text == '-')
			(void)fputs("\\-", stdout);
		else
			(void)putchar(*text);
		at_start = *text == '\n';
	}
}

static void
print_upper(const char *text)
{
	for (; *text != '\0'; text++)
		(void)putchar(toupper((unsigned char)*text));
}

static void
print_options(const struct option *table)
{
	(void)puts(".SH OPTIONS\nEach is also a variable of the environment: "
	           "TARRY_TIMEOUT for \\-\\-timeout.");
	for (; table->name != NULL; table++) {
		if (table->help == NULL)
			continue;
		(void)fputs(".TP\n.B ", stdout);
		if (options_letter(table) != '\0')
			(void)printf("\\-%c, ", options_letter(table));
		(void)printf("\\-\\-");
		for (size_t i = 0; i < options_name(table).len; i++)
			(void)fputs(
			    options_name(table).data[i] == '-'
			        ? "\\-"
			        : (char[2]){ options_name(table).data[i] },
			    stdout);
		if (table->argument != NULL) {
			(void)putchar(' ');
			print_troff(table->argument);
		}
		(void)putchar('\n');
		print_troff(table->help);
		(void)putchar('\n');
	}
}

static const char exit_text[] =
    ".SH EXIT STATUS\n"
    ".nf\n"
    "0  all well\n"
    "1  some of it failed, each part is named; or this side failed\n"
    "2  the command line cannot be understood\n"
    "3  there is nothing of that name\n"
    "4  the server refused\n"
    "5  it is locked\n"
    "6  the network, or the server, gave no answer; nothing was changed\n"
    "7  no answer, and it may have been done\n"
    ".fi\n"
    ".SH FILES\n"
    ".TP\n.I ~/.config/tarry/config\nshort names for URLs: lines "
    "\"name = URL\"; then name:path is a URL\n"
    ".TP\n.I ~/.netrc\nusers and passwords\n"
    ".TP\n.I ~/.local/state/tarry/locks\ntokens of locks that are held\n"
    ".TP\n.I ~/.cache/tarry/ways\nwhich servers' interim responses reach "
    "us, for a day\n";

int
client_docs_manual(int argc, char **argv)
{
	struct option table[CLIENT_OPTION_COUNT_MAX];
	const struct client_command *command =
	    argc == 1 ? client_commands_find(argv[0]) : NULL;

	if (command == NULL) {
		(void)fprintf(stderr,
		    "usage: tarry manual COMMAND, one of the client's\n");
		return TARRY_USAGE;
	}
	client_options(command, table);
	(void)fputs(".TH TARRY\\-", stdout);
	print_upper(command->name);
	(void)printf(
	    " 1 2026-11-22 \"tarry %s\" \"Tarry\"\n.SH NAME\ntarry\\-%s \\- ",
	    TARRY_VERSION, command->name);
	print_troff(command->summary);
	(void)printf(
	    "\n.SH SYNOPSIS\n.B tarry %s\n[OPTION...] ", command->name);
	print_troff(command->operands);
	(void)fputs("\n.SH DESCRIPTION\n.nf\n", stdout);
	print_troff(command->text);
	(void)fputs("\n.fi\n", stdout);
	print_options(table);
	(void)fputs(exit_text, stdout);
	return TARRY_DONE;
}
