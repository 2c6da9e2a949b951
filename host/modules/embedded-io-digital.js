/*
 * The SDK's embedded:io/digital, over the pins of the virtual device.
 */
class Digital @ "host_digital_destructor" {
	constructor(options) @ "host_digital";
	close() @ "host_digital_close";
	read() @ "host_digital_read";
	write(value) @ "host_digital_write";

	get format() {
		return "number";
	}
	set format(value) {
		if ("number" !== value)
			throw new RangeError("invalid format");
	}

	static Input = 0;
	static InputPullUp = 1;
	static InputPullDown = 2;
	static InputPullUpDown = 3;
	static Output = 8;
	static OutputOpenDrain = 9;
	static ActiveLow = 16;
	static Rising = 1;
	static Falling = 2;
}

export default Digital;
