/** The choice of the image to boot, and probation. The image of these cases was programmed by a cable, and there is no setup image, but perhaps on a chip. */
import { Boot, Partition } from "lws/platform/flash";
import { equal, test, throws } from "./harness";

const facts = () => `${Boot.running} ${Boot.selected} ${Boot.state("ota_0")} ${Boot.pending} ${Boot.overlay}`;

test("boot: an image that came by a cable is on no probation", () => {
  equal(facts(), "ota_0 ota_0 undefined false -1");
  Boot.confirm();
  equal(facts(), "ota_0 ota_0 valid false -1");
  Boot.confirm();
  equal(facts(), "ota_0 ota_0 valid false -1");
});

test("boot: a selected image is new, and confirming makes it valid", () => {
  Boot.selected = "ota_0";
  equal(facts(), "ota_0 ota_0 new false -1");
  Boot.confirm();
  equal(facts(), "ota_0 ota_0 valid false -1");
});

test("boot: the setup image has no state, nor has what is no slot", () => {
  for (const label of ["factory", "nvs", "ota_1", ""]) equal(Boot.state(label), "", label);
});

test("boot: what would not boot is not selected, and changes nothing", () => {
  for (const label of ["nvs", "otadata"]) throws(() => (Boot.selected = label), "image invalid");
  throws(() => (Boot.selected = "ota_1"), "no partition");
  equal(facts(), "ota_0 ota_0 valid false -1");
});

test("boot: the only image can't be rejected", () => {
  if (new Partition("factory").verify() === "") return;
  throws(() => Boot.reject(), "no other image");
  equal(facts(), "ota_0 ota_0 valid false -1");
});

test("boot: without a selection there is nothing to confirm", () => {
  Boot.selected = "factory";
  equal(facts(), "ota_0 factory  false -1");
  Boot.confirm();
  equal(facts(), "ota_0 factory  false -1");
  Boot.selected = "ota_0";
  equal(facts(), "ota_0 ota_0 new false -1");
});
