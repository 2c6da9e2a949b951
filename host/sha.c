/*
 * SHA-1 and SHA-256 (FIPS 180-4): the hash unit of the chip, also used by the simulated boot loader.
 */
#include <string.h>

#include "host.h"

static uint32_t left(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

static uint32_t right(uint32_t value, int bits)
{
	return left(value, 32 - bits);
}

static uint32_t big_endian(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void sha1_block(uint32_t state[5], const uint8_t *block)
{
	static const uint32_t constants[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], w[80];

	for (int i = 0; i < 80; i++) {
		uint32_t f, t;

		w[i] = i < 16 ? big_endian(block + 4 * i) : left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
		f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
		t = left(a, 5) + f + e + constants[i / 20] + w[i];
		e = d;
		d = c;
		c = left(b, 30);
		b = a;
		a = t;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
}

static const uint32_t constants_256[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* One round. The eight words move on by one place in each: here the names do, and the words stay. */
static inline void round_256(uint32_t a, uint32_t b, uint32_t c, uint32_t *d, uint32_t e, uint32_t f, uint32_t g, uint32_t *h, uint32_t word)
{
	*h += (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + word;
	*d += *h;
	*h += (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
}

static void sha256_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t w[64], s[8];

	for (int i = 0; i < 16; i++)
		w[i] = big_endian(block + 4 * i);
	for (int i = 16; i < 64; i++)
		w[i] = w[i - 16] + w[i - 7] + (right(w[i - 15], 7) ^ right(w[i - 15], 18) ^ w[i - 15] >> 3)
			+ (right(w[i - 2], 17) ^ right(w[i - 2], 19) ^ w[i - 2] >> 10);
	memcpy(s, state, sizeof s);
	for (int i = 0; i < 64; i += 8) {
#pragma GCC unroll 8
		for (int j = 0; j < 8; j++)
			round_256(s[-j & 7], s[(1 - j) & 7], s[(2 - j) & 7], &s[(3 - j) & 7], s[(4 - j) & 7], s[(5 - j) & 7], s[(6 - j) & 7],
				&s[(7 - j) & 7], constants_256[i + j] + w[i + j]);
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void sha_start(struct sha *sha, int bits)
{
	static const uint32_t start_1[8] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	static const uint32_t start_256[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memcpy(sha->state, bits == 1 ? start_1 : start_256, sizeof sha->state);
	sha->words = bits == 1 ? 5 : 8;
	sha->length = 0;
}

static void process(struct sha *sha, const uint8_t *block)
{
	if (sha->words == 5)
		sha1_block(sha->state, block);
	else
		sha256_block(sha->state, block);
}

void sha_update(struct sha *sha, const void *data, size_t length)
{
	const uint8_t *at = data;
	size_t filled = sha->length % sizeof sha->block;

	sha->length += length;
	while (length) {
		size_t count = sizeof sha->block - filled;

		if (!filled && length >= sizeof sha->block)
			process(sha, at);
		else {
			if (count > length)
				count = length;
			memcpy(sha->block + filled, at, count);
			if (filled + count == sizeof sha->block)
				process(sha, sha->block);
		}
		filled = 0;
		at += count;
		length -= count;
	}
}

int sha_finish(struct sha *sha, uint8_t out[32])
{
	static const uint8_t padding[64] = { 0x80 };
	uint64_t bits = sha->length * 8;
	uint8_t length[8];

	sha_update(sha, padding, 1 + (119 - sha->length % 64) % 64);
	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha_update(sha, length, sizeof length);
	for (int i = 0; i < 4 * sha->words; i++)
		out[i] = (uint8_t)(sha->state[i / 4] >> (24 - 8 * (i % 4)));
	return 4 * sha->words;
}
