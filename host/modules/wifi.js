/*
 * The SDK's "wifi" for ESP32, over the simulated radio. close() only stops notifications; connect() without arguments disconnects.
 */
class WiFi @ "host_wifi_destructor" {
	constructor(options, onNotify) @ "host_wifi";
	close() @ "host_wifi_close";
	set onNotify(callback) @ "host_wifi_set_onNotify";

	static get mode() @ "host_wifi_get_mode";
	static set mode(mode) @ "host_wifi_set_mode";
	static connect(options) @ "host_wifi_connect";
	static scan(options, callback) @ "host_wifi_scan";
	static accessPoint(options) @ "host_wifi_accessPoint";
	static disconnect() {
		WiFi.connect();
	}
	static close() {
		throw new Error("use WiFi.disconnect()");
	}

	static Mode = Object.freeze({ off: -5, none: 0, station: 1, accessPoint: 2 });
	static gotIP = "gotIP";
	static lostIP = "lostIP";
	static connected = "connect";
	static disconnected = "disconnect";
	static station_connect = "station_connect";
	static station_disconnect = "station_disconnect";
}

export default WiFi;
