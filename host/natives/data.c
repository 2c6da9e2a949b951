/*
 * The natives of the SDK's data modules, which come with the engine's sources.
 */
#include "../host.h"

#define DATA_NATIVES(X) \
	X(xs_base64_encode) X(xs_base64_decode) X(xs_hex_toString) X(xs_hex_toBuffer) \
	X(xs_crc8) X(xs_crc8_close) X(xs_crc8_reset) X(xs_crc8_checksum) X(xs_crc16) X(xs_crc16_close) X(xs_crc16_reset) X(xs_crc16_checksum) \
	X(xs_logical_xor) X(xs_logical_and) X(xs_logical_or) X(xs_qrcode) \
	X(xs_textdecoder) X(xs_textdecoder_decode) X(xs_textdecoder_get_encoding) X(xs_textdecoder_get_ignoreBOM) X(xs_textdecoder_get_fatal) \
	X(xs_textencoder_encode) X(xs_textencoder_encodeInto)
#define DATA_DESTRUCTORS(X) \
	X(xs_crc8_destructor) X(xs_crc16_destructor) X(xs_textdecoder_destructor)

#define DECLARE_NATIVE(name) extern void name(xsMachine *the);
#define DECLARE_DESTRUCTOR(name) extern void name(void *data);
#define ENTRY(name) { #name, name },

DATA_NATIVES(DECLARE_NATIVE)
DATA_DESTRUCTORS(DECLARE_DESTRUCTOR)

const struct native natives_data[] = { DATA_NATIVES(ENTRY) DATA_DESTRUCTORS(ENTRY) { NULL, NULL } };
