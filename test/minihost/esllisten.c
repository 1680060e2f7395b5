/* SPDX-License-Identifier: MPL-2.0 */
/* esllisten.c -- the event socket: listening, its clients and their threads */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "minihost.h"

static struct {
	int fd;
	int stop[2];
	pthread_t thread;
	int clients;  /* threads of clients; atomic */
	int stopping; /* atomic */
} server = { .fd = -1 };

static void free_listener(mh_listener_t *listener)
{
	mh_listener_t **link;

	pthread_mutex_lock(&mh_listeners_mutex);
	for (link = &mh_listeners; *link != listener; link = &(*link)->next) {}
	*link = listener->next;
	pthread_mutex_unlock(&mh_listeners_mutex);

	mh_esl_queue_clear(listener, true, true);
	switch_event_destroy(&listener->subclasses);
	switch_event_destroy(&listener->filters);
	pthread_mutex_destroy(&listener->mutex);
	close(listener->fd);
	close(listener->wake[0]);
	close(listener->wake[1]);
	free(listener->in.data);
	free(listener);
}

static void *client_thread(void *obj)
{
	static const char goodbye[] = "Disconnected, goodbye.\n";
	mh_listener_t *listener = obj;
	struct pollfd fds[2] = { { .fd = listener->fd, .events = POLLIN }, { .fd = listener->wake[0], .events = POLLIN } };
	char notice[160];

	mh_esl_send_text(listener, "Content-Type: auth/request\n\n");

	while (listener->running && !__atomic_load_n(&server.stopping, __ATOMIC_SEQ_CST)) {
		if (poll(fds, 2, 200) < 0 && errno != EINTR) {
			break;
		}
		if (fds[0].revents) {
			mh_esl_receive(listener);
		}
		mh_esl_flush(listener);
	}

	mh_esl_flush(listener);
	snprintf(notice, sizeof(notice), "Content-Type: text/disconnect-notice\nContent-Length: %zu\n\n%s", strlen(goodbye),
			 goodbye);
	mh_esl_send_text(listener, notice);
	free_listener(listener);
	__atomic_sub_fetch(&server.clients, 1, __ATOMIC_SEQ_CST);

	return NULL;
}

static void add_client(int fd)
{
	mh_listener_t *listener = mh_alloc(sizeof(*listener));
	struct timeval limit = { 10, 0 };
	pthread_attr_t attr;
	pthread_t thread;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	listener->fd = fd;
	listener->running = true;
	listener->log_level = -1;
	listener->subclasses = mh_event_plain();
	listener->filters = mh_event_plain();
	pthread_mutex_init(&listener->mutex, NULL);
	if (pipe2(listener->wake, O_NONBLOCK | O_CLOEXEC)) {
		abort();
	}

	pthread_mutex_lock(&mh_listeners_mutex);
	listener->next = mh_listeners;
	mh_listeners = listener;
	pthread_mutex_unlock(&mh_listeners_mutex);

	__atomic_add_fetch(&server.clients, 1, __ATOMIC_SEQ_CST);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, client_thread, listener)) {
		abort();
	}
	pthread_attr_destroy(&attr);
}

static void *accept_thread(void *obj)
{
	struct pollfd fds[2] = { { .fd = server.fd, .events = POLLIN }, { .fd = server.stop[0], .events = POLLIN } };
	int fd;

	(void) obj;
	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		if (fds[1].revents) {
			break;
		}
		if (fds[0].revents && (fd = accept4(server.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
			add_client(fd);
		}
	}

	return NULL;
}

/* Loopback, and nothing else: whoever reaches the event socket may run any command. */
static bool loopback_address(struct sockaddr_storage *address, socklen_t *len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *) address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) address;

	memset(address, 0, sizeof(*address));

	if (inet_pton(AF_INET, mh_settings.esl_ip, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t) mh_settings.esl_port);
		*len = sizeof(*v4);
		return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
	}
	if (inet_pton(AF_INET6, mh_settings.esl_ip, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t) mh_settings.esl_port);
		*len = sizeof(*v6);
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}

	return false;
}

int mh_esl_start(void)
{
	struct sockaddr_storage address;
	socklen_t len = 0;
	int one = 1;

	if (!loopback_address(&address, &len)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT,
						  "Will not listen on %s: the event socket is for loopback only\n", mh_settings.esl_ip);
		return -1;
	}

	server.fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(server.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (server.fd < 0 || bind(server.fd, (struct sockaddr *) &address, len) || listen(server.fd, 64) ||
		pipe2(server.stop, O_CLOEXEC)) {
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Cannot listen on %s:%d: %s\n", mh_settings.esl_ip,
						  mh_settings.esl_port, strerror(errno));
		return -1;
	}

	if (pthread_create(&server.thread, NULL, accept_thread, NULL)) {
		abort();
	}
	switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_DEBUG, "Socket up listening on %s:%d\n", mh_settings.esl_ip,
					  mh_settings.esl_port);

	return 0;
}

void mh_esl_stop(void)
{
	if (server.fd < 0) {
		return;
	}

	if (write(server.stop[1], "", 1) == 1) {
		pthread_join(server.thread, NULL);
	}
	__atomic_store_n(&server.stopping, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&server.clients, __ATOMIC_SEQ_CST)) {
		mh_sleep_ms(10);
	}
	mh_esl_wait_jobs();
	close(server.fd);
	close(server.stop[0]);
	close(server.stop[1]);
	server.fd = -1;
}
