/*
 * tls_context_test.c - which files will do, and what is said of the others.
 */
#include "tls_rig.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "net/tls_context.h"
#include "net/tls_self.h"

static void
make_files(struct tls_rig *rig)
{
	static const struct tls_rig_wish wishes[] = {
		{ .name = "ca", .common_name = "CA", .is_ca = true },
		{ .name = "good", .common_name = "a.test", .issuer = "ca" },
		{ .name = "other", .common_name = "b.test" },
		{ .name = "rsa", .common_name = "c.test", .rsa_bits = 2048 },
		{ .name = "weak", .common_name = "d.test", .rsa_bits = 1024 },
		{ .name = "old",
		    .common_name = "e.test",
		    .from_days = -9,
		    .to_days = -1 },
		{ .name = "early",
		    .common_name = "f.test",
		    .from_days = 1,
		    .to_days = 9 },
		{ .name = "secret",
		    .common_name = "g.test",
		    .passphrase = "open" },
	};

	tls_rig_init(rig);
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		tls_rig_make(rig, &wishes[i]);
	tls_rig_write(rig, "text", "not PEM\n");
	tls_rig_write(rig, "empty", "");
	tls_rig_write(rig, "torn",
	    "-----BEGIN CERTIFICATE-----\nMIIB\n"
	    "-----END CERTIFICATE-----\n");
}

static const struct {
	const char *certificate;
	const char *key;
	const char *client_ca;
	enum err err;
	const char *why; /* behind "FOLDER/" */
} rows[] = {
	{ "good.crt", "good.key", NULL, ERR_NONE, NULL },
	{ "rsa.crt", "rsa.key", NULL, ERR_NONE, NULL },
	{ "good.crt", "good.key", "ca.crt", ERR_NONE, NULL },
	{ "old.crt", "old.key", NULL, ERR_NONE,
	    "old.crt: the certificate has expired" },
	{ "early.crt", "early.key", NULL, ERR_NONE,
	    "early.crt: the certificate is not valid yet" },
	{ "none.crt", "good.key", NULL, ERR_SYSTEM,
	    "none.crt: No such file or directory" },
	{ "good.crt", "none.key", NULL, ERR_SYSTEM,
	    "none.key: No such file or directory" },
	{ "text", "good.key", NULL, ERR_SYNTAX,
	    "text: holds no certificate in PEM form that can be used" },
	{ "empty", "good.key", NULL, ERR_SYNTAX,
	    "empty: holds no certificate in PEM form that can be "
	    "used" },
	{ "torn", "good.key", NULL, ERR_SYNTAX,
	    "torn: holds no certificate in PEM form that can be used "
	    "(" },
	{ "weak.crt", "weak.key", NULL, ERR_SYNTAX,
	    "weak.crt: holds no certificate in PEM form that can be "
	    "used (ee key too small)" },
	{ "good.crt", "text", NULL, ERR_SYNTAX,
	    "text: holds no private key in PEM form" },
	{ "good.crt", "good.crt", NULL, ERR_SYNTAX,
	    "good.crt: holds no private key in PEM form" },
	{ "good.crt", "other.key", NULL, ERR_CONFLICT,
	    "other.key: is not the key of the certificate in " },
	{ "good.crt", "rsa.key", NULL, ERR_CONFLICT,
	    "rsa.key: is not the key of the certificate in " },
	{ "secret.crt", "secret.key", NULL, ERR_SYNTAX,
	    "secret.key: the key is encrypted: store it without a "
	    "passphrase" },
	{ "good.crt", "good.key", "none.crt", ERR_SYSTEM,
	    "none.crt: No such file or directory" },
	{ "good.crt", "good.key", "text", ERR_SYNTAX,
	    "text: holds no certificate in PEM form" },
};

static void
says_which_file_is_wrong_and_how(void **state)
{
	struct tls_rig rig;

	(void)state;
	make_files(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tls_options options = { .pair_count = 1 };
		struct ssl_ctx_st *context = NULL;
		struct buf why;

		buf_init(&why, 4096);
		options.pairs[0].certificate =
		    tls_rig_path(&rig, rows[i].certificate);
		options.pairs[0].key = tls_rig_path(&rig, rows[i].key);
		if (rows[i].client_ca != NULL)
			options.client_ca =
			    tls_rig_path(&rig, rows[i].client_ca);
		assert_int_equal(
		    tls_context_new(&options, 0, &why, &context), rows[i].err);
		assert_int_equal(context == NULL, rows[i].err != ERR_NONE);
		if (rows[i].why == NULL) {
			assert_int_equal(why.len, 0);
		} else {
			size_t skip = strlen(rig.folder) + 1;

			buf_add_char(&why, '\0');
			assert_true(why.len > skip);
			if (strncmp(why.data + skip, rows[i].why,
			        strlen(rows[i].why)) != 0)
				assert_string_equal(
				    why.data + skip, rows[i].why);
		}
		SSL_CTX_free(context);
		buf_done(&why);
	}
	tls_rig_done(&rig);
}

static void
puts_each_complaint_on_a_line(void **state)
{
	struct tls_options options = { .pair_count = 1 };
	struct ssl_ctx_st *context;
	struct tls_rig rig;
	struct buf why;

	(void)state;
	make_files(&rig);
	buf_init(&why, 4096);
	options.pairs[0] = tls_rig_pair(&rig, "old");
	options.client_ca = tls_rig_path(&rig, "text");
	assert_int_equal(
	    tls_context_new(&options, 0, &why, &context), ERR_SYNTAX);
	buf_add_char(&why, '\0');
	assert_non_null(strstr(why.data, "has expired\n/"));
	buf_done(&why);
	tls_rig_done(&rig);
}

static void
takes_a_certificate_of_our_own_making(void **state)
{
	static const char *const names[] = { "localhost" };
	struct ssl_ctx_st *context;
	struct tls_self self;
	struct tls_options options = { .self = &self };
	struct buf why;

	(void)state;
	buf_init(&why, 4096);
	assert_int_equal(tls_self_init(&self, names, 1), ERR_NONE);
	assert_int_equal(
	    tls_context_new(&options, 0, &why, &context), ERR_NONE);
	assert_int_equal(why.len, 0);
	SSL_CTX_free(context);
	tls_self_done(&self);
	buf_done(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_which_file_is_wrong_and_how),
		cmocka_unit_test(puts_each_complaint_on_a_line),
		cmocka_unit_test(takes_a_certificate_of_our_own_making),
	};

	return cmocka_run_group_tests_name("tls_context", tests, NULL, NULL);
}
