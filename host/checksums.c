/*
 * The two checksums of ESP-IDF's flash formats: CRC-32 (NVS, otadata) and MD5 (partition table, RFC 1321; it guards against
 * accidents, not against people).
 */
#include "flash.h"

#include <math.h>
#include <string.h>

uint32_t crc32_le(uint32_t crc, const void *data, size_t length)
{
	const uint8_t *bytes = data;
	crc = ~crc;
	while (length--) {
		crc ^= *bytes++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static uint32_t rotate(uint32_t value, int count)
{
	return value << count | value >> (32 - count);
}

/* RFC 1321 §3.4 */
static void md5_block(uint32_t state[4], const uint8_t block[64])
{
	static const uint8_t shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3];
	memcpy(words, block, sizeof(words));
	for (int i = 0; i < 64; i++) {
		uint32_t mixed;
		int word, round = i / 16;
		switch (round) {
		case 0: mixed = (b & c) | (~b & d); word = i; break;
		case 1: mixed = (b & d) | (c & ~d); word = (5 * i + 1) % 16; break;
		case 2: mixed = b ^ c ^ d; word = (3 * i + 5) % 16; break;
		default: mixed = c ^ (b | ~d); word = 7 * i % 16; break;
		}
		uint32_t constant = (uint32_t)(fabs(sin(i + 1)) * 4294967296.0);
		uint32_t next = b + rotate(a + mixed + words[word] + constant, shifts[round][i % 4]);
		a = d;
		d = c;
		c = b;
		b = next;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void md5(const void *data, size_t length, uint8_t digest[16])
{
	uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
	const uint8_t *bytes = data;
	size_t left = length;
	for (; left >= 64; left -= 64, bytes += 64)
		md5_block(state, bytes);
	uint8_t tail[128] = {0};
	memcpy(tail, bytes, left);
	tail[left] = 0x80;
	size_t padded = left < 56 ? 64 : 128;
	uint64_t bits = (uint64_t)length * 8;
	memcpy(tail + padded - 8, &bits, 8);
	for (size_t at = 0; at < padded; at += 64)
		md5_block(state, tail + at);
	memcpy(digest, state, 16);
}
