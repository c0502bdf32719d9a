/*
 * fake_store.c - see fake_store.h.
 */
#include "fake_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct fake_store *
fake_of(struct store *store)
{
	return (struct fake_store *)store;
}

static struct str
put(char out[FAKE_TEXT_SIZE_MAX], struct str text)
{
	assert_true(text.len < FAKE_TEXT_SIZE_MAX);
	if (text.len > 0)
		memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return str_make(out, text.len);
}

static enum err
look(struct store *store, struct str path, struct resource *out_resource)
{
	(void)path;
	*out_resource =
	    (struct resource){ .modified_ns = fake_of(store)->modified_ns };
	return fake_of(store)->look_err;
}

static enum err
touch(struct store *store, struct str path, int64_t modified_ns)
{
	struct fake_store *fake = fake_of(store);

	(void)path;
	if (fake->touch_err != ERR_NONE)
		return fake->touch_err;
	fake->modified_ns = modified_ns;
	return ERR_NONE;
}

static enum err
props(struct store *store, struct str path,
    enum err (*see)(void *context, const struct prop *prop), void *context)
{
	struct fake_store *fake = fake_of(store);

	(void)path;
	fake->props_calls++;
	for (size_t i = 0; i < fake->prop_count; i++) {
		struct prop prop = { str_of(fake->props[i].space),
			str_of(fake->props[i].name),
			str_of(fake->props[i].xml) };
		enum err err = see(context, &prop);

		if (err != ERR_NONE)
			return err;
		if (fake->props_err != ERR_NONE)
			return fake->props_err;
	}
	return fake->props_err;
}

static size_t
find_prop(const struct fake_store *fake, const struct prop *prop)
{
	size_t i = 0;

	while (i < fake->prop_count &&
	       !(str_is(prop->name, fake->props[i].name) &&
	           str_is(prop->space, fake->props[i].space)))
		i++;
	return i;
}

static enum err
props_change(struct store *store, struct str path,
    const struct prop_change *changes, size_t count)
{
	struct fake_store *fake = fake_of(store);

	(void)path;
	assert_true(count > 0);
	if (fake->change_err != ERR_NONE)
		return fake->change_err;
	for (size_t i = 0; i < count; i++) {
		size_t at = find_prop(fake, &changes[i].prop);

		if (changes[i].is_removed) {
			if (at < fake->prop_count)
				fake->props[at] =
				    fake->props[--fake->prop_count];
			continue;
		}
		assert_true(at < FAKE_COUNT_MAX);
		if (at == fake->prop_count)
			fake->prop_count++;
		(void)put(fake->props[at].space, changes[i].prop.space);
		(void)put(fake->props[at].name, changes[i].prop.name);
		(void)put(fake->props[at].xml, changes[i].prop.xml);
	}
	return ERR_NONE;
}

static size_t
find_lock(const struct fake_store *fake, struct str token)
{
	size_t i = 0;

	while (i < fake->lock_count && !str_is(token, fake->locks[i].token))
		i++;
	return i;
}

static enum err
lock_save(struct store *store, const struct lock_record *record)
{
	struct fake_store *fake = fake_of(store);
	size_t at = find_lock(fake, record->token);
	struct fake_lock *lock = &fake->locks[at];

	if (fake->saving != NULL)
		fake->saving(fake->context);
	if (fake->save_err != ERR_NONE)
		return fake->save_err;
	assert_true(at < FAKE_COUNT_MAX);
	if (at == fake->lock_count)
		fake->lock_count++;
	lock->record = *record;
	lock->record.token = put(lock->token, record->token);
	lock->record.path = put(lock->path, record->path);
	lock->record.owner = str_of(""); /* they might not last */
	lock->record.principal = str_of("");
	return ERR_NONE;
}

static enum err
lock_drop(struct store *store, struct str token)
{
	struct fake_store *fake = fake_of(store);
	size_t at = find_lock(fake, token);

	if (fake->dropping != NULL)
		fake->dropping(fake->context);
	if (fake->drop_err != ERR_NONE)
		return fake->drop_err;
	if (at == fake->lock_count)
		return ERR_ABSENT;
	fake->lock_count--;
	for (size_t i = at; i < fake->lock_count; i++) {
		struct fake_lock *lock = &fake->locks[i];

		*lock = fake->locks[i + 1];
		lock->record.token.data = lock->token;
		lock->record.path.data = lock->path;
	}
	return ERR_NONE;
}

static enum err
locks(struct store *store,
    enum err (*see)(void *context, const struct lock_record *record),
    void *context)
{
	struct fake_store *fake = fake_of(store);

	for (size_t i = 0; i < fake->lock_count; i++) {
		enum err err = see(context, &fake->locks[i].record);

		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err
quota(struct store *store, struct str path, uint64_t *out_available,
    uint64_t *out_used)
{
	(void)path;
	if (fake_of(store)->quota_err != ERR_NONE)
		return fake_of(store)->quota_err;
	*out_available = 596650;
	*out_used = 403350;
	return ERR_NONE;
}

static const struct store_ops ops = {
	.look = look,
	.touch = touch,
	.props = props,
	.props_change = props_change,
	.lock_save = lock_save,
	.lock_drop = lock_drop,
	.locks = locks,
	.quota = quota,
};

void
fake_store_init(struct fake_store *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->store.ops = &ops;
}

void
fake_store_add(struct fake_store *fake, const char *space, const char *name,
    const char *xml)
{
	struct fake_prop *prop = &fake->props[fake->prop_count++];

	(void)put(prop->space, str_of(space));
	(void)put(prop->name, str_of(name));
	(void)put(prop->xml, str_of(xml));
}

const struct fake_lock *
fake_store_lock(const struct fake_store *fake, struct str token)
{
	size_t at = find_lock(fake, token);

	return at == fake->lock_count ? NULL : &fake->locks[at];
}
