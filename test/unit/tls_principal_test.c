/*
 * tls_principal_test.c - whom a certificate names.
 */
#include "tls_rig.h"

#include <string.h>

#include "net/tls_principal.h"

static void
names_the_subject_or_its_address(void **state)
{
	static const struct {
		const char *common_name;
		int size;
		const char *alternatives;
		const char *principal; /* NULL: nobody */
	} rows[] = {
		{ "ann", 0, NULL, "ann" },
		{ "Ann Other", 0, "email:ann@a.test", "Ann Other" },
		{ "J\xc3\xb6rg", 0, NULL, "J\xc3\xb6rg" },
		{ NULL, 0, "email:ann@a.test", "ann@a.test" },
		{ NULL, 0, "DNS:a.test,email:b@a.test,email:c@a.test",
		    "b@a.test" },
		{ NULL, 0, "DNS:a.test", NULL },
		{ NULL, 0, NULL, NULL },
		{ "ann\0bob", 7, NULL, NULL },
		{ "ann\nbob", 0, NULL, NULL },
		{ "ann\x7f", 0, NULL, NULL },
		{ "ann\0", 4, "email:ann@a.test", NULL },
	};
	struct tls_rig rig;

	(void)state;
	tls_rig_init(&rig);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct tls_rig_wish wish = { .name = "c",
			.common_name = rows[i].common_name,
			.common_name_size = rows[i].size,
			.alternatives = rows[i].alternatives };
		char name[PRINCIPAL_SIZE_MAX + 1] = "untouched";
		X509 *certificate;

		tls_rig_make(&rig, &wish);
		certificate = tls_rig_certificate(&rig, "c");
		assert_int_equal(tls_principal_of(certificate, name),
		    rows[i].principal != NULL);
		assert_string_equal(name, rows[i].principal != NULL
		                              ? rows[i].principal
		                              : "untouched");
		X509_free(certificate);
	}
	tls_rig_done(&rig);
}

static X509 *
certificate_of(const char *const *common_names)
{
	X509 *certificate = X509_new();

	assert_non_null(certificate);
	for (; *common_names != NULL; common_names++)
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(
		        X509_get_subject_name(certificate), "CN",
		        V_ASN1_UTF8STRING, (const unsigned char *)*common_names,
		        -1, -1, 0),
		    1);
	return certificate;
}

static void
takes_the_last_of_several_names(void **state)
{
	static const char *const names[] = { "Users", "ann", NULL };
	char name[PRINCIPAL_SIZE_MAX + 1];
	X509 *certificate = certificate_of(names);

	(void)state;
	assert_true(tls_principal_of(certificate, name));
	assert_string_equal(name, "ann");
	X509_free(certificate);
}

/* No common name of a certificate is longer than 64 octets: RFC 5280, A.1.
 * An address is cut by nobody. */
static void
knows_names_up_to_the_limit(void **state)
{
	struct tls_rig rig;

	(void)state;
	tls_rig_init(&rig);
	for (int over = 0; over < 2; over++) {
		char text[PRINCIPAL_SIZE_MAX + 16] = "email:";
		char name[PRINCIPAL_SIZE_MAX + 1];
		struct tls_rig_wish wish = { .name = "c",
			.alternatives = text };
		X509 *certificate;

		memset(text + 6, 'a', PRINCIPAL_SIZE_MAX + (size_t)over);
		memcpy(text + 6 + 10, "@", 1);
		tls_rig_make(&rig, &wish);
		certificate = tls_rig_certificate(&rig, "c");
		assert_int_equal(
		    tls_principal_of(certificate, name), over == 0);
		if (over == 0)
			assert_string_equal(name, text + 6);
		X509_free(certificate);
	}
	tls_rig_done(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_subject_or_its_address),
		cmocka_unit_test(takes_the_last_of_several_names),
		cmocka_unit_test(knows_names_up_to_the_limit),
	};

	return cmocka_run_group_tests_name("tls_principal", tests, NULL, NULL);
}
