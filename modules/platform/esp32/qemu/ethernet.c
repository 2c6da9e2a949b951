/* Ethernet as QEMU has it: a MAC of OpenCores, and a PHY that is always linked. Takes the place of the station. */

#include "esp_eth_driver.h"
#include "esp_eth_mac_openeth.h"
#include "esp_eth_netif_glue.h"
#include "esp_eth_phy.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_netif.h"
#include "esp_netif_defaults.h"
#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

/* Under this name the SDK and our own natives look for the station. */
#define STATION "WIFI_STA_DEF"

static esp_netif_t *create_station(void)
{
	esp_netif_inherent_config_t base = ESP_NETIF_INHERENT_DEFAULT_ETH();
	base.if_key = STATION;
	base.if_desc = "sta";
	const esp_netif_config_t config = { .base = &base, .stack = ESP_NETIF_NETSTACK_DEFAULT_ETH };
	return esp_netif_new(&config);
}

static esp_err_t install(esp_eth_handle_t *driver)
{
	eth_mac_config_t mac_config = ETH_MAC_DEFAULT_CONFIG();
	eth_phy_config_t phy_config = ETH_PHY_DEFAULT_CONFIG();
	phy_config.autonego_timeout_ms = 100;
	esp_eth_mac_t *mac = esp_eth_mac_new_openeth(&mac_config);
	esp_eth_phy_t *phy = esp_eth_phy_new_generic(&phy_config);
	if (!mac || !phy)
		return ESP_ERR_NO_MEM;
	const esp_eth_config_t config = ETH_DEFAULT_CONFIG(mac, phy);
	return esp_eth_driver_install(&config, driver);
}

static esp_err_t start(void)
{
	esp_eth_handle_t driver = NULL;
	esp_err_t error = esp_netif_init();
	if (error)
		return error;
	error = esp_event_loop_create_default();
	/* The SDK may have made it. */
	if (error && error != ESP_ERR_INVALID_STATE)
		return error;
	esp_netif_t *netif = create_station();
	if (!netif)
		return ESP_ERR_NO_MEM;
	error = install(&driver);
	if (error)
		return error;
	error = esp_netif_attach(netif, esp_eth_new_netif_glue(driver));
	return error ? error : esp_eth_start(driver);
}

/* Starts it, once; the address comes by DHCP. */
void lws_ethernet_start(xsMachine *the)
{
	static bool started;
	if (started)
		return;
	const esp_err_t error = start();
	if (error)
		xsUnknownError("no Ethernet: %d", (int)error);
	started = true;
}
