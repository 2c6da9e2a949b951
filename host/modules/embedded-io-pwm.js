/*
 * The SDK's embedded:io/pwm, over the pins of the virtual device.
 */
class PWM @ "host_pwm_destructor" {
	constructor(options) @ "host_pwm";
	close() @ "host_pwm_close";
	write(value) @ "host_pwm_write";
	get hz() @ "host_pwm_get_hz";
	get resolution() @ "host_pwm_get_resolution";

	get format() {
		return "number";
	}
	set format(value) {
		if ("number" !== value)
			throw new RangeError("invalid format");
	}
}

export default PWM;
