/* SPDX-License-Identifier: MPL-2.0 */
/* acl.c -- access lists: FreeSWITCH's own (localnet.auto, ...), those of acl.conf.xml,
 * and plain CIDRs */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include "minihost.h"

typedef struct network {
	uint8_t address[16]; /* IPv4: the first four */
	int family;
	int bits;
	bool allow;
	struct network *next;
} network_t;

typedef struct list {
	char *name;
	bool allow; /* what no network matches */
	network_t *networks;
	struct list *next;
} list_t;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static list_t *lists;

static bool parse(const char *text, network_t *network)
{
	char copy[80], *slash;
	int max;

	snprintf(copy, sizeof(copy), "%s", text);
	if ((slash = strchr(copy, '/'))) {
		*slash++ = '\0';
	}

	if (inet_pton(AF_INET, copy, network->address) == 1) {
		network->family = AF_INET;
		max = 32;
	} else if (inet_pton(AF_INET6, copy, network->address) == 1) {
		network->family = AF_INET6;
		max = 128;
	} else {
		return false;
	}

	network->bits = slash ? atoi(slash) : max;

	return network->bits >= 0 && network->bits <= max && (!slash || isdigit((unsigned char) *slash));
}

static bool inside(const network_t *ip, const network_t *network)
{
	int bytes = network->bits / 8, rest = network->bits % 8;

	if (ip->family != network->family || memcmp(ip->address, network->address, (size_t) bytes)) {
		return false;
	}

	return !rest || !((ip->address[bytes] ^ network->address[bytes]) >> (8 - rest));
}

static void add(list_t *list, const char *cidr, bool allow)
{
	network_t *network = mh_alloc(sizeof(*network));

	if (!parse(cidr, network)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Error Adding %s to list %s\n", cidr, list->name);
		free(network);
		return;
	}

	network->allow = allow;
	network->next = list->networks;
	list->networks = network;
}

static list_t *new_list(list_t **head, const char *name, bool allow)
{
	list_t *list = mh_alloc(sizeof(*list));

	list->name = mh_strdup(name);
	list->allow = allow;
	list->next = *head;
	*head = list;

	return list;
}

static void free_lists(list_t *list)
{
	network_t *network;
	list_t *next;

	for (; list; list = next) {
		next = list->next;
		while ((network = list->networks)) {
			list->networks = network->next;
			free(network);
		}
		free(list->name);
		free(list);
	}
}

/* The networks this machine is on. */
static void add_local(list_t *list)
{
	struct ifaddrs *addresses, *i;
	char text[64], cidr[80];
	const uint8_t *mask, *address;
	int bits, n, len;

	if (getifaddrs(&addresses)) {
		return;
	}

	for (i = addresses; i; i = i->ifa_next) {
		if (!i->ifa_addr || !i->ifa_netmask ||
			(i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6)) {
			continue;
		}
		if (i->ifa_addr->sa_family == AF_INET) {
			address = (const uint8_t *) &((struct sockaddr_in *) i->ifa_addr)->sin_addr;
			mask = (const uint8_t *) &((struct sockaddr_in *) i->ifa_netmask)->sin_addr;
			len = 4;
		} else {
			address = (const uint8_t *) &((struct sockaddr_in6 *) i->ifa_addr)->sin6_addr;
			mask = (const uint8_t *) &((struct sockaddr_in6 *) i->ifa_netmask)->sin6_addr;
			len = 16;
		}
		for (bits = 0, n = 0; n < len; n++) {
			bits += __builtin_popcount(mask[n]);
		}
		inet_ntop(i->ifa_addr->sa_family, address, text, sizeof(text));
		snprintf(cidr, sizeof(cidr), "%s/%d", text, bits);
		add(list, cidr, true);
	}

	freeifaddrs(addresses);
}

static void add_own(list_t **head)
{
	static const char *const private[] = { "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", NULL };
	static const char *const loopback[] = { "127.0.0.0/8", "::1/128", NULL };
	list_t *rfc1918 = new_list(head, "rfc1918.auto", false), *nat = new_list(head, "nat.auto", false);
	list_t *wan = new_list(head, "wan.auto", true), *local = new_list(head, "localnet.auto", false);
	list_t *loop = new_list(head, "loopback.auto", false), *any4 = new_list(head, "any_v4.auto", false);
	list_t *any6 = new_list(head, "any_v6.auto", false);
	int i;

	for (i = 0; private[i]; i++) {
		add(rfc1918, private[i], true);
		add(nat, private[i], true);
		add(wan, private[i], false);
	}
	for (i = 0; loopback[i]; i++) {
		add(loop, loopback[i], true);
		add(local, loopback[i], true);
	}
	add(any4, "0.0.0.0/0", true);
	add(any6, "::/0", true);
	add_local(local);
}

static void add_configured(list_t **head)
{
	switch_xml_t cfg, xml = switch_xml_open_cfg("acl.conf", &cfg, NULL), item, node;
	list_t *list;

	for (item = switch_xml_child(switch_xml_child(cfg, "network-lists"), "list"); item; item = item->next) {
		list = new_list(head, switch_xml_attr_soft(item, "name"),
						!strcmp(switch_xml_attr_soft(item, "default"), "allow"));
		for (node = switch_xml_child(item, "node"); node; node = node->next) {
			if (switch_xml_attr(node, "cidr")) {
				add(list, switch_xml_attr(node, "cidr"), !strcmp(switch_xml_attr_soft(node, "type"), "allow"));
			}
		}
	}

	switch_xml_free(xml);
}

void mh_acl_load(void)
{
	list_t *fresh = NULL, *old;

	add_own(&fresh);
	add_configured(&fresh);

	pthread_mutex_lock(&mutex);
	old = lists;
	lists = fresh;
	pthread_mutex_unlock(&mutex);
	free_lists(old);
}

void mh_acl_clear(void)
{
	pthread_mutex_lock(&mutex);
	free_lists(lists);
	lists = NULL;
	pthread_mutex_unlock(&mutex);
}

switch_bool_t switch_check_network_list_ip(const char *ip, const char *name)
{
	network_t address = { 0 }, cidr = { 0 };
	const network_t *network, *best = NULL;
	bool allow = false;
	list_t *list;

	if (zstr(ip) || zstr(name) || !parse(ip, &address)) {
		return SWITCH_FALSE;
	}

	if (strchr(name, '/')) {
		return parse(name, &cidr) && inside(&address, &cidr) ? SWITCH_TRUE : SWITCH_FALSE;
	}

	/* the narrowest network decides */
	pthread_mutex_lock(&mutex);
	for (list = lists; list && strcmp(list->name, name); list = list->next) {}
	for (network = list ? list->networks : NULL; network; network = network->next) {
		if (inside(&address, network) && (!best || network->bits > best->bits)) {
			best = network;
		}
	}
	allow = list && (best ? best->allow : list->allow);
	pthread_mutex_unlock(&mutex);

	return allow ? SWITCH_TRUE : SWITCH_FALSE;
}
