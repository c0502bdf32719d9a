/*
 * serve.h - tarry serve DIR: a WebDAV server on a directory.
 */
#ifndef SERVE_H
#define SERVE_H

/* argv: what follows "serve".  Returns the exit status. */
int serve_main(int argc, char **argv);

#endif
