/*
 * The SDK's embedded:io/serial, over the line of the virtual device.
 */
class Serial @ "host_serial_destructor" {
	constructor(options) @ "host_serial";
	close() @ "host_serial_close";
	read() @ "host_serial_read";
	write(buffer) @ "host_serial_write";
}

export default Serial;
