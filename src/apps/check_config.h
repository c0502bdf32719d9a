/*
 * check_config.h - tarry check-config: what tarry serve would say of its
 * options and files, without serving.
 */
#ifndef CHECK_CONFIG_H
#define CHECK_CONFIG_H

/* argv: what follows "check-config".  Returns the exit status. */
int check_config_main(int argc, char **argv);

#endif
