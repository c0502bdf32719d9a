/*
 * media.c - see media.h.
 */
#include "dav/media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/own.h"

enum {
	SUFFIX_SIZE_MAX = 32,
	LINE_SIZE_MAX = 4096,
	SLOT_COUNT = 8192, /* /etc/mime.types has about 1500 suffixes */
	ENTRY_COUNT_MAX = SLOT_COUNT / 2,
	MEMORY_MAX = 1024 * 1024,
};

_Static_assert((SLOT_COUNT & (SLOT_COUNT - 1)) == 0, "a power of two");

struct entry {
	struct str suffix; /* in lower case; data is NULL: the slot is free */
	struct str type;
};

struct media {
	struct entry slots[SLOT_COUNT]; /* open addressing */
	size_t count;
	struct arena arena; /* the texts */
};

/* In the form of /etc/mime.types, for a machine without it. */
static const char *const built_in[] = {
	"application/epub+zip epub",
	"application/gzip gz tgz",
	"application/json json",
	"application/msword doc",
	"application/pdf pdf",
	"application/rtf rtf",
	"application/vnd.ms-excel xls",
	"application/vnd.ms-powerpoint ppt",
	"application/vnd.oasis.opendocument.presentation odp",
	"application/vnd.oasis.opendocument.spreadsheet ods",
	"application/vnd.oasis.opendocument.text odt",
	"application/vnd.openxmlformats-officedocument.presentationml."
	"presentation pptx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet "
	"xlsx",
	"application/vnd.openxmlformats-officedocument.wordprocessingml."
	"document docx",
	"application/wasm wasm",
	"application/x-7z-compressed 7z",
	"application/x-tar tar",
	"application/xml xml xsl",
	"application/zip zip",
	"application/zstd zst",
	"audio/flac flac",
	"audio/mpeg mp3",
	"audio/mp4 m4a",
	"audio/ogg ogg oga opus",
	"audio/x-wav wav",
	"font/otf otf",
	"font/ttf ttf",
	"font/woff woff",
	"font/woff2 woff2",
	"image/avif avif",
	"image/bmp bmp",
	"image/gif gif",
	"image/heic heic",
	"image/jpeg jpeg jpg",
	"image/png png",
	"image/svg+xml svg",
	"image/tiff tiff tif",
	"image/vnd.microsoft.icon ico",
	"image/webp webp",
	"text/calendar ics",
	"text/css css",
	"text/csv csv",
	"text/html html htm",
	"text/javascript js mjs",
	"text/markdown md markdown",
	"text/plain txt text log",
	"text/vcard vcf vcard",
	"video/mp4 mp4 m4v",
	"video/mpeg mpeg mpg",
	"video/ogg ogv",
	"video/quicktime mov",
	"video/webm webm",
	"video/x-matroska mkv",
	"video/x-msvideo avi",
};

static char
lower(char octet)
{
	return octet >= 'A' && octet <= 'Z' ? (char)(octet + ('a' - 'A'))
	                                    : octet;
}

/* The slot of a suffix in lower case, or the free one where it would be. */
static size_t
find_slot(const struct media *media, struct str suffix)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	size_t at;

	for (size_t i = 0; i < suffix.len; i++)
		hash = (hash ^ (unsigned char)suffix.data[i]) * 16777619u;
	at = hash & (SLOT_COUNT - 1);
	while (media->slots[at].suffix.data != NULL &&
	       !str_equal(media->slots[at].suffix, suffix))
		at = (at + 1) & (SLOT_COUNT - 1);
	return at;
}

/* What is too long, too much or comes twice is left out: it is only a hint. */
static void
add_suffix(struct media *media, struct str suffix, struct str type)
{
	char folded[SUFFIX_SIZE_MAX];
	struct entry entry = { .type = type };
	size_t at;

	if (suffix.len > sizeof(folded) || media->count == ENTRY_COUNT_MAX)
		return;
	for (size_t i = 0; i < suffix.len; i++)
		folded[i] = lower(suffix.data[i]);
	suffix.data = folded;
	at = find_slot(media, suffix);
	if (media->slots[at].suffix.data != NULL)
		return;
	if (arena_copy(&media->arena, suffix, &entry.suffix) != ERR_NONE)
		return;
	media->slots[at] = entry;
	media->count++;
}

/* The next word of a line; empty at its end. */
static struct str
next_word(struct str *rest)
{
	size_t start = 0;
	size_t end;

	while (start < rest->len && strchr(" \t\r\n", rest->data[start]))
		start++;
	end = start;
	while (end < rest->len && !strchr(" \t\r\n", rest->data[end]))
		end++;
	*rest = str_from(*rest, end);
	return str_make(rest->data - (end - start), end - start);
}

/* A type goes into a header field and into XML: it is held to RFC 6838, 4.2. */
static bool
is_type(struct str word)
{
	size_t slash = str_find(word, '/');

	for (size_t i = 0; i < word.len; i++)
		if (i != slash &&
		    !strchr("abcdefghijklmnopqrstuvwxyz0123456789!#$-^_.+",
		        lower(word.data[i])))
			return false;
	return slash > 0 && slash + 1 < word.len;
}

static void
add_line(struct media *media, struct str line)
{
	struct str rest = line;
	struct str word = next_word(&rest);
	struct str type = { NULL, 0 };

	if (!is_type(word))
		return; /* a comment, an empty line, garbage */
	for (struct str suffix = next_word(&rest); suffix.len > 0;
	     suffix = next_word(&rest)) {
		if (type.data == NULL &&
		    arena_copy(&media->arena, word, &type) != ERR_NONE)
			return;
		add_suffix(media, suffix, type);
	}
}

static void
read_file(struct media *media, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_SIZE_MAX];

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL)
		add_line(media, str_of(line));
	(void)fclose(file); /* it was only read */
}

struct media *
media_new(const char *path)
{
	struct media *media = calloc(1, sizeof(*media));

	if (media == NULL)
		return NULL;
	arena_init(&media->arena, MEMORY_MAX);
	if (path != NULL)
		read_file(media, path);
	if (media->count > 0)
		return media;
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
		add_line(media, str_of(built_in[i]));
	return media;
}

void
media_free(struct media *media)
{
	if (media == NULL)
		return;
	arena_done(&media->arena);
	free(media);
}

struct str
media_type(const struct media *media, struct str file_name)
{
	static const struct str unknown = STR("application/octet-stream");
	char folded[SUFFIX_SIZE_MAX];
	size_t dot = file_name.len;
	size_t size = 0;
	const struct entry *entry;

	while (dot > 0 && file_name.data[dot - 1] != '.' &&
	       size < sizeof(folded)) {
		dot--;
		size++;
	}
	if (dot < 2 || size == 0 || file_name.data[dot - 1] != '.')
		return unknown;
	for (size_t i = 0; i < size; i++)
		folded[i] = lower(file_name.data[dot + i]);
	entry = &media->slots[find_slot(media, str_make(folded, size))];
	return entry->suffix.data == NULL ? unknown : entry->type;
}
