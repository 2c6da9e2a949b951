/* The SDK's module "time", with the microseconds of its ESP32 build. */
export default class Time {
	static set(seconds) @ "xs_time_set";
	static get ticks() @ "xs_time_ticks";
	static delta(start, end) @ "xs_time_delta";
	static get microseconds() @ "xs_time_microseconds";
}
