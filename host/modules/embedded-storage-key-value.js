/*
 * embedded:storage/key-value as the SDK has it on an ESP32: named values in namespaces of NVS.
 */
class Store @ "kv_store_destructor" {
	constructor() {
		throw new TypeError();
	}
	read(key, buffer) @ "kv_store_read";
	write(key, value) @ "kv_store_write";
	delete(key) @ "kv_store_delete";
	close() @ "kv_store_close";
	get format() @ "kv_store_get_format";
	set format(value) @ "kv_store_set_format";
	[Symbol.iterator]() {
		return new Keys(this);
	}
}

class Keys @ "kv_iterator_destructor" {
	constructor(store) @ "kv_iterator";
	next() @ "kv_iterator_next";
	return() @ "kv_iterator_return";
}

function open(options, prototype) @ "kv_store_open";

export default Object.freeze({
	open(options) {
		return open(options, Store.prototype);
	},
}, true);
