/* The SDK's module "timer". */
export default class Timer {
	static set(callback, delay, repeat) @ "xs_timer_set";
	static repeat(callback, delay) @ "xs_timer_repeat";
	static schedule(timer, delay, repeat) @ "xs_timer_schedule";
	static clear(timer) @ "xs_timer_clear";
	static delay(milliseconds) @ "xs_timer_delay";
}
