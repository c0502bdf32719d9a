/*
 * date.c - see date.h.  The calendar is the proleptic Gregorian one, computed
 * here: libc's functions know time zones and locales, and HTTP knows neither.
 */
#include "http/date.h"

#include <stdio.h>
#include <string.h>

#include "http/octet.h"

enum {
	DAY_S = 24 * 60 * 60,
	DAYS_400_YEARS = 146097,
	DAYS_FROM_0000_03_01 = 719468, /* to 1970-01-01 */
};

static const char *const day_names[] = { "Sunday", "Monday", "Tuesday",
	"Wednesday", "Thursday", "Friday", "Saturday" };

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct moment {
	int year;
	int month; /* 1 to 12 */
	int day;   /* 1 to 31 */
	int hour;
	int minute;
	int second;  /* 60: a leap second */
	int weekday; /* 0: Sunday */
};

/* Years are counted from March, so that a leap day is the last day of one. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       1 - DAYS_FROM_0000_03_01;
}

static struct moment
moment_of(int64_t wall_s)
{
	int64_t days = (wall_s - DATE_WALL_S_MIN) / DAY_S;
	int64_t second = (wall_s - DATE_WALL_S_MIN) % DAY_S;
	struct moment moment = {
		.hour = (int)(second / 3600),
		.minute = (int)(second / 60 % 60),
		.second = (int)(second % 60),
		.weekday = (int)((days + 1) % 7), /* 1601 began on a Monday */
	};
	int64_t left; /* days in the era of 400 years, from its 1 March */
	int64_t year;
	int64_t month;

	days += DATE_WALL_S_MIN / DAY_S + DAYS_FROM_0000_03_01;
	left = days % DAYS_400_YEARS;
	year = (left - left / 1460 + left / 36524 - left / 146096) / 365;
	left -= year * 365 + year / 4 - year / 100;
	month = (left * 5 + 2) / 153;
	moment.day = (int)(left - (month * 153 + 2) / 5 + 1);
	moment.month = (int)(month < 10 ? month + 3 : month - 9);
	year += days / DAYS_400_YEARS * 400;
	moment.year = (int)(moment.month <= 2 ? year + 1 : year);
	return moment;
}

static struct moment
nearest_moment_of(int64_t wall_s)
{
	if (wall_s < DATE_WALL_S_MIN)
		wall_s = DATE_WALL_S_MIN;
	if (wall_s > DATE_WALL_S_MAX)
		wall_s = DATE_WALL_S_MAX;
	return moment_of(wall_s);
}

void
date_format(int64_t wall_s, char out[DATE_SIZE])
{
	struct moment m = nearest_moment_of(wall_s);
	int size =
	    snprintf(out, DATE_SIZE, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	        day_names[m.weekday], m.day, month_names + (m.month - 1) * 3,
	        m.year, m.hour, m.minute, m.second);

	CHECK(size == DATE_SIZE - 1);
}

void
date_format_iso(int64_t wall_s, char out[DATE_ISO_SIZE])
{
	struct moment m = nearest_moment_of(wall_s);
	int size =
	    snprintf(out, DATE_ISO_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ",
	        m.year, m.month, m.day, m.hour, m.minute, m.second);

	CHECK(size == DATE_ISO_SIZE - 1);
}

/*
 * Reads text against a pattern, and what the letters stand for into moment:
 *	w a day's short name     W its long name     d two digits of the day
 *	b a month                Y four of the year  y two of the year
 *	D the day, its first digit a space if there is none
 *	h m s two digits of the time; any other is itself
 */
struct reader {
	struct str rest;
	struct moment moment;
};

static bool
read_number(struct reader *reader, size_t digit_count, int *out_number)
{
	int number = 0;

	if (reader->rest.len < digit_count)
		return false;
	for (size_t i = 0; i < digit_count; i++) {
		char octet = reader->rest.data[i];

		if (!octet_is_digit(octet))
			return false;
		number = number * 10 + (octet - '0');
	}
	reader->rest = str_from(reader->rest, digit_count);
	*out_number = number;
	return true;
}

static bool
read_text(struct reader *reader, const char *text, size_t size)
{
	if (!str_starts(reader->rest, str_make(text, size)))
		return false;
	reader->rest = str_from(reader->rest, size);
	return true;
}

static bool
read_weekday(struct reader *reader, bool is_long)
{
	for (int i = 0; i < 7; i++) {
		size_t size = is_long ? strlen(day_names[i]) : 3;

		reader->moment.weekday = i;
		if (read_text(reader, day_names[i], size))
			return true;
	}
	return false;
}

static bool
read_month(struct reader *reader)
{
	for (int i = 0; i < 12; i++) {
		reader->moment.month = i + 1;
		if (read_text(reader, month_names + i * 3, 3))
			return true;
	}
	return false;
}

static bool
read_part(struct reader *reader, char part)
{
	struct moment *moment = &reader->moment;

	switch (part) {
	case 'w':
	case 'W':
		return read_weekday(reader, part == 'W');
	case 'b':
		return read_month(reader);
	case 'D':
		if (read_text(reader, " ", 1))
			return read_number(reader, 1, &moment->day);
		return read_number(reader, 2, &moment->day);
	case 'd':
		return read_number(reader, 2, &moment->day);
	case 'y':
		return read_number(reader, 2, &moment->year);
	case 'Y':
		return read_number(reader, 4, &moment->year);
	case 'h':
		return read_number(reader, 2, &moment->hour);
	case 'm':
		return read_number(reader, 2, &moment->minute);
	case 's':
		return read_number(reader, 2, &moment->second);
	default:
		return read_text(reader, &part, 1);
	}
}

static bool
is_like(struct str text, const char *pattern, struct moment *out_moment)
{
	struct reader reader = { .rest = text };

	for (; *pattern != '\0'; pattern++) {
		if (!read_part(&reader, *pattern))
			return false;
	}
	*out_moment = reader.moment;
	return reader.rest.len == 0;
}

/* The day may be out of its month: that gives another date. */
static int64_t
wall_s_of(const struct moment *m)
{
	return days_of(m->year, m->month, m->day) * DAY_S + m->hour * 3600 +
	       m->minute * 60 + m->second;
}

static int
year_of(int two_digits, struct moment moment, int64_t now_s)
{
	struct moment latest = moment_of(now_s);

	moment.year = latest.year / 100 * 100 + 100 + two_digits;
	latest.year += 50;
	while (wall_s_of(&moment) > wall_s_of(&latest))
		moment.year -= 100;
	return moment.year;
}

static bool
is_real(const struct moment *moment)
{
	int64_t days = days_of(moment->year, moment->month, moment->day);
	struct moment again = moment_of(days * DAY_S);

	return moment->day == again.day && moment->weekday == again.weekday &&
	       moment->hour < 24 && moment->minute < 60 && moment->second <= 60;
}

enum err
date_parse(struct str text, int64_t now_s, int64_t *out_wall_s)
{
	struct moment moment;
	int64_t wall_s;

	CHECK(now_s >= DATE_WALL_S_MIN);
	CHECK(now_s <= DATE_WALL_S_MAX);
	if (is_like(text, "W, d-b-y h:m:s GMT", &moment))
		moment.year = year_of(moment.year, moment, now_s);
	else if (!is_like(text, "w, d b Y h:m:s GMT", &moment) &&
	         !is_like(text, "w b D h:m:s Y", &moment))
		return ERR_SYNTAX;
	wall_s = wall_s_of(&moment);
	if (wall_s < DATE_WALL_S_MIN || wall_s > DATE_WALL_S_MAX)
		return ERR_RANGE;
	if (!is_real(&moment))
		return ERR_SYNTAX;
	*out_wall_s = wall_s;
	return ERR_NONE;
}
