/* The SDK's module "Resource". */
export default class Resource @ "Resource_destructor" {
	constructor(path) @ "Resource_constructor";
	static exists(path) @ "Resource_exists";
	get byteLength() @ "Resource_get_byteLength";
	slice(begin, end, copy) @ "Resource_slice";
}
