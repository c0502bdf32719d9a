/*
 * client_docs.h - what is made of the table of commands: manual pages, and
 * completions for shells.
 */
#ifndef CLIENT_DOCS_H
#define CLIENT_DOCS_H

/* tarry completions bash|zsh|fish.  names: all commands, NULL at the end. */
int client_docs_completions(int argc, char **argv, const char *const *names);

/* tarry manual COMMAND: a page for man(1). */
int client_docs_manual(int argc, char **argv);

#endif
