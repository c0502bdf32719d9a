/*
 * serve_print.h - what is in effect, as a configuration file says it.
 */
#ifndef SERVE_PRINT_H
#define SERVE_PRINT_H

struct option_set;

/*
 * On standard output: each option that has a value of somebody's, below a
 * comment that says from where; then, as comments, the defaults of the rest.
 * Read as a file, it means the same.
 */
void serve_print(const struct option_set *set);

#endif
