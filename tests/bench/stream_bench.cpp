// Token streams: an upstream, a load generator and a table of several gateways side by side, in one file.
//   build: g++ -std=c++20 -O2 -Wall -Wextra -o stream_bench stream_bench.cpp
//
//   stream_bench upstream PORT [--deltas 64] [--gap-us 20000]
//       POST anything. "stream":true -> SSE of N deltas, the first at once, then one each G us (0: as fast as
//       possible), each one chunk and one write; else a fixed JSON answer. A request may set N with "max_tokens" and G
//       with "seed" (all gateways pass both on), so one upstream behind one gateway serves every scenario.
//   stream_bench load HOST:PORT PATH KEY CONNS STREAMS [--deltas N] [--gap-us G] [--model M] [--pid P]
//       CONNS keep-alive connections, STREAMS streams in all, starts staggered over one gap. Prints time to first token
//       (on connections that carried a stream before, where there are any), transit (each delta carries its send time;
//       same machine, same clock), gap between deltas, events/s, CPU per event of process tree P.
//   stream_bench compare NAME=PID@HOST:PORT[@KEY] ... [--rounds 3] [--model M] [--path P] [--scale 1.0] [--quick]
//   [--only SCENARIO]
//       Scenarios: 64 deltas paced 20 ms at c=1 and c=64; unpaced 2,000-delta streams at c=1 and c=8; many short
//       streams ("ttft") at c=1 and c=64. Gateways in turn within each round; medians and [min..max] over rounds. PID:
//       root of the gateway's process tree. Name the bare upstream first (direct=0@...): "added" is against it.
// CPU is read from /proc/PID/task/*/schedstat (ns of run time, user + system); utime+stime ticks are too coarse here.
// Exit 1 when a stream failed: status, a missing or misordered delta, no [DONE], no final chunk.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>
using namespace std;
using ns_t = int64_t;
static ns_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}
[[noreturn]] static void die(const string& m) {
  fprintf(stderr, "stream_bench: %s\n", m.c_str());
  exit(2);
}
static void nonblock(int fd) {
  fcntl(fd, F_SETFL, O_NONBLOCK);
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

// --- a value of a flat JSON body, found by its key; -1 when absent
static long jnum(string_view b, string_view key) {
  auto p = b.find("\"" + string(key) + "\"");
  if (p == b.npos) return -1;
  p += key.size() + 2;
  while (p < b.size() && (b[p] == ' ' || b[p] == ':')) p++;
  if (b.substr(p, 4) == "true") return 1;
  return p < b.size() && isdigit(b[p]) ? strtol(string(b.substr(p, 18)).c_str(), nullptr, 10) : -1;
}
static string_view header(string_view head, string_view name) {  // name in lower case
  size_t p = head.find("\r\n");
  while (p != head.npos && p + 2 < head.size()) {
    size_t e = head.find("\r\n", p + 2);
    auto line = head.substr(p + 2, (e == head.npos ? head.size() : e) - p - 2);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equal(name.begin(), name.end(), line.begin(), [](char a, char b) { return a == tolower(b); })) {
      line.remove_prefix(name.size() + 1);
      while (!line.empty() && line[0] == ' ') line.remove_prefix(1);
      return line;
    }
    p = e;
  }
  return {};
}
// Body of a message: content-length or chunked. Feeds plain bytes to out; done() after the last.
struct Body {
  enum { Len, Chunked, Close } kind = Len;
  size_t left = 0;
  bool done = false, bad = false;
  int st = 0;  // st: 0 size line, 1 data, 2 CRLF after data, 3 trailer
  void start(string_view head, bool request) {
    *this = {};
    auto te = header(head, "transfer-encoding"), cl = header(head, "content-length");
    if (te.find("chunked") != te.npos)
      kind = Chunked;
    else if (!cl.empty()) {
      left = strtoul(string(cl).c_str(), nullptr, 10);
      done = left == 0;
    } else if (request)
      done = true;
    else
      kind = Close;
  }
  void feed(string& in, string& out) {
    size_t p = 0;
    while (!done && p < in.size()) {
      if (kind == Close) {
        out.append(in, p);
        p = in.size();
        break;
      }
      if (kind == Len || st == 1) {
        size_t k = min(left, in.size() - p);
        out.append(in, p, k);
        p += k;
        left -= k;
        if (left == 0) {
          if (kind == Len)
            done = true;
          else
            st = 2;
        }
        continue;
      }
      size_t e = in.find("\r\n", p);
      if (e == in.npos) break;
      if (st == 0) {
        char* end;
        left = strtoul(in.c_str() + p, &end, 16);
        if (end == in.c_str() + p) {
          bad = done = true;
          return;
        }
        st = left ? 1 : 3;
      } else if (st == 2) {
        if (e != p) {
          bad = done = true;
          return;
        }
        st = 0;
      } else if (e == p)
        done = true;
      p = e + 2;
    }
    in.erase(0, p);
  }
};

// --- upstream
// -------------------------------------------------------------------------------------------------------------------
struct Up {
  int fd;
  string in, out, body;
  bool head = false, streaming = false, usage = false, want_out = false;
  Body b;
  long n = 0, k = 0;
  ns_t gap = 0, due = 0, gen = 0;
};
static int upstream(int port, long N, long G) {
  int ls = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_port = htons(port);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(ls, (sockaddr*)&a, sizeof a) || listen(ls, 4096))
    die("cannot listen on " + to_string(port) + ": " + strerror(errno));
  nonblock(ls);
  int ep = epoll_create1(0), tf = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  auto add = [&](int fd, uint32_t ev, void* p) {
    epoll_event e{};
    e.events = ev;
    e.data.ptr = p;
    epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
  };
  static int L, T;
  add(ls, EPOLLIN, &L);
  add(tf, EPOLLIN, &T);
  struct Due {
    ns_t at;
    Up* u;
    ns_t gen;
    bool operator<(const Due& o) const { return at > o.at; }
  };
  priority_queue<Due> heap;
  map<Up*, unique_ptr<Up>> live;
  vector<Up*> ready;
  ns_t gens = 0, armed = 0;
  auto drop = [&](Up* u) {
    ::close(u->fd);
    ready.erase(remove(ready.begin(), ready.end(), u), ready.end());
    live.erase(u);
  };
  auto flush = [&](Up* u) {  // false: gone
    while (!u->out.empty()) {
      ssize_t w = send(u->fd, u->out.data(), u->out.size(), MSG_NOSIGNAL);
      if (w < 0) {
        if (errno == EAGAIN) break;
        return false;
      }
      u->out.erase(0, w);
    }
    if (u->want_out != !u->out.empty()) {
      u->want_out = !u->out.empty();
      epoll_event e{};
      e.events = EPOLLIN;
      if (u->want_out) e.events |= EPOLLOUT;
      e.data.ptr = u;
      epoll_ctl(ep, EPOLL_CTL_MOD, u->fd, &e);
    }
    return true;
  };
  auto chunk = [](string& o, const string& s) {
    char h[24];
    o.append(h, snprintf(h, sizeof h, "%zx\r\n", s.size()));
    o += s;
    o += "\r\n";
  };
  auto delta = [&](Up* u) {
    char s[512];
    const char* pre =
        "data: "
        "{\"id\":\"chatcmpl-bench0123456789\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":"
        "\"gpt-4o-mini\",\"system_fingerprint\":\"fp_bench\",\"choices\":";
    int k = snprintf(
        s, sizeof s,
        "%s[{\"index\":0,\"delta\":{%s\"content\":\"~%ld:%lld \"},\"logprobs\":null,\"finish_reason\":null}]}\n\n", pre,
        u->k ? "" : "\"role\":\"assistant\",", u->k, (long long)now());
    chunk(u->out, string(s, k));
    if (++u->k < u->n) return;
    chunk(u->out, string(pre) + "[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n");
    if (u->usage)
      chunk(u->out, string(pre) + "[],\"usage\":{\"prompt_tokens\":250,\"completion_tokens\":" + to_string(u->n) +
                        ",\"total_tokens\":" + to_string(250 + u->n) + "}}\n\n");
    chunk(u->out, "data: [DONE]\n\n");
    u->out += "0\r\n\r\n";
    u->streaming = false;
  };
  auto pump = [&](Up* u) {
    for (int i = 0; i < 64 && u->streaming && u->out.empty(); i++) {
      delta(u);
      if (!flush(u)) return false;
    }
    return true;
  };  // unpaced
  auto request = [&](Up* u) {
    u->head = false;
    u->n = jnum(u->body, "max_tokens");
    if (u->n <= 0) u->n = jnum(u->body, "max_completion_tokens");
    if (u->n <= 0) u->n = N;
    long g = jnum(u->body, "seed");
    u->gap = (g >= 0 ? g : G) * 1000;
    u->k = 0;
    u->usage = jnum(u->body, "include_usage") == 1;
    if (jnum(u->body, "stream") != 1) {
      string j =
          "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"gpt-4o-mini\","
          "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"ok\"},\"logprobs\":null,"
          "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":250,\"completion_tokens\":1,\"total_tokens\":251}"
          "}";
      u->out += "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + to_string(j.size()) +
                "\r\n\r\n" + j;
      u->body.clear();
      return flush(u);
    }
    u->body.clear();
    u->streaming = true;
    u->gen = ++gens;
    u->out +=
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: "
        "chunked\r\n\r\n";
    u->due = now() + u->gap;
    delta(u);
    if (!flush(u)) return false;
    if (u->streaming) {
      if (u->gap)
        heap.push({u->due, u, u->gen});
      else
        ready.push_back(u);
    }
    return true;
  };
  fprintf(stderr, "upstream on 127.0.0.1:%d, %ld deltas, gap %ld us\n", port, N, G);
  vector<epoll_event> ev(256);
  char buf[65536];
  for (;;) {
    if (!heap.empty() && heap.top().at != armed) {
      armed = heap.top().at;
      itimerspec t{};
      t.it_value = {armed / 1000000000, armed % 1000000000};
      timerfd_settime(tf, TFD_TIMER_ABSTIME, &t, nullptr);
    }
    int n = epoll_wait(ep, ev.data(), (int)ev.size(), ready.empty() ? -1 : 0);
    for (int i = 0; i < n; i++) {
      if (ev[i].data.ptr == &L) {
        int c;
        while ((c = accept(ls, nullptr, nullptr)) >= 0) {
          nonblock(c);
          auto u = make_unique<Up>();
          u->fd = c;
          add(c, EPOLLIN, u.get());
          live[u.get()] = std::move(u);
        }
        continue;
      }
      if (ev[i].data.ptr == &T) {
        uint64_t x;
        [[maybe_unused]] auto r = read(tf, &x, 8);
        armed = 0;
        continue;
      }
      Up* u = (Up*)ev[i].data.ptr;
      if (!live.count(u)) continue;
      if (ev[i].events & EPOLLOUT && !flush(u)) {
        drop(u);
        continue;
      }
      if (!(ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))) continue;
      ssize_t r = recv(u->fd, buf, sizeof buf, 0);
      if (r == 0 || (r < 0 && errno != EAGAIN)) {
        drop(u);
        continue;
      }
      if (r < 0) continue;
      u->in.append(buf, r);
      bool alive = true;
      while (alive && !u->streaming) {
        if (!u->head) {
          auto p = u->in.find("\r\n\r\n");
          if (p == string::npos) break;
          string h = u->in.substr(0, p + 2);
          u->b.start(h, true);
          u->in.erase(0, p + 4);
          u->head = true;
          if (header(h, "expect").size()) u->out += "HTTP/1.1 100 Continue\r\n\r\n", alive = flush(u);
        }
        u->b.feed(u->in, u->body);
        if (!u->b.done) break;
        alive = alive && request(u);
      }
      if (!alive) drop(u);
    }
    for (ns_t t = now(); !heap.empty() && heap.top().at <= t;) {
      auto d = heap.top();
      heap.pop();
      if (!live.count(d.u) || d.u->gen != d.gen) continue;
      delta(d.u);
      if (!flush(d.u)) {
        drop(d.u);
        continue;
      }
      if (d.u->streaming) {
        d.u->due += d.u->gap;
        heap.push({d.u->due, d.u, d.gen});
      }
    }
    auto r = ready;
    ready.clear();
    for (auto u : r)
      if (live.count(u)) {
        if (!pump(u))
          drop(u);
        else if (u->streaming)
          ready.push_back(u);
      }
    if (!ready.empty() && all_of(ready.begin(), ready.end(), [](Up* u) { return !u->out.empty(); })) {
      epoll_event e;
      if (epoll_wait(ep, &e, 1, 1) < 0) {
      }
    }
  }
}

// --- load
// -----------------------------------------------------------------------------------------------------------------------
struct Result {
  vector<ns_t> ttft, cold, transit, gap;
  size_t events = 0, streams = 0, errors = 0;
  double secs = 0, cpu_us = 0;
  string why;
};
static void pids(int p, vector<int>& v) {
  v.push_back(p);
  string d = "/proc/" + to_string(p) + "/task";
  if (DIR* D = opendir(d.c_str())) {
    while (auto e = readdir(D))
      if (isdigit(e->d_name[0])) {
        if (FILE* f = fopen((d + "/" + e->d_name + "/children").c_str(), "r")) {
          int c;
          while (fscanf(f, "%d", &c) == 1) pids(c, v);
          fclose(f);
        }
      }
    closedir(D);
  }
}
static double cpu_us(int root) {
  vector<int> v;
  double s = 0;
  if (root) pids(root, v);
  for (int p : v) {
    string d = "/proc/" + to_string(p) + "/task";
    if (DIR* D = opendir(d.c_str())) {
      while (auto e = readdir(D))
        if (isdigit(e->d_name[0]))
          if (FILE* f = fopen((d + "/" + e->d_name + "/schedstat").c_str(), "r")) {
            unsigned long long t;
            if (fscanf(f, "%llu", &t) == 1) s += t / 1000.0;
            fclose(f);
          }
      closedir(D);
    }
  }
  return s;
}
struct Load {
  string host = "127.0.0.1";
  int port = 0;
  string path = "/v1/chat/completions", key = "k", model = "gpt-4o-mini";
  size_t conns = 1, streams = 1;
  long n = 64, gap = 20000;
  int pid = 0;
};
static Result load(const Load& o) {
  struct Conn {
    int fd = -1;
    string in, sse;
    bool head = false, active = false, done_seen = false, used = false;
    Body b;
    ns_t t0 = 0, last = 0, start_at = 0;
    long k = 0;
    int status = 0;
  };
  Result R;
  vector<Conn> cs(o.conns);
  int ep = epoll_create1(0);
  size_t started = 0, finished = 0;
  string body = "{\"model\":\"" + o.model +
                "\",\"messages\":[{\"role\":\"system\",\"content\":\"You are a helpful "
                "assistant.\"},{\"role\":\"user\",\"content\":\"Tell me about proxies, at length, and count the "
                "words.\"}],\"max_tokens\":" +
                to_string(o.n) + ",\"seed\":" + to_string(o.gap) +
                ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
  string req =
      "POST " + o.path + " HTTP/1.1\r\nhost: " + o.host + ":" + to_string(o.port) + "\r\nauthorization: Bearer " +
      o.key +
      "\r\ncontent-type: application/json\r\naccept: text/event-stream\r\ncontent-length: " + to_string(body.size()) +
      "\r\n\r\n" + body;
  auto shut = [&](Conn& c) {
    if (c.fd >= 0) ::close(c.fd);
    c.fd = -1;
    c.in.clear();
    c.used = false;
  };
  auto begin = [&](Conn& c) {
    if (c.fd < 0) {
      c.fd = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in a{};
      a.sin_family = AF_INET;
      a.sin_port = htons(o.port);
      inet_pton(AF_INET, o.host.c_str(), &a.sin_addr);
      if (connect(c.fd, (sockaddr*)&a, sizeof a)) {
        die("cannot connect to " + o.host + ":" + to_string(o.port));
      }
      nonblock(c.fd);
      epoll_event e{};
      e.events = EPOLLIN;
      e.data.ptr = &c;
      epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &e);
    }
    c.head = c.done_seen = false;
    c.sse.clear();
    c.k = 0;
    c.active = true;
    c.t0 = c.last = now();
    [[maybe_unused]] auto w = send(c.fd, req.data(), req.size(), MSG_NOSIGNAL);
  };
  auto next = [&](Conn& c, string err) {
    if (!err.empty()) {
      R.errors++;
      if (R.why.empty()) R.why = err;
      shut(c);
    } else
      R.streams++;
    finished++;
    c.active = false;
    c.used = true;
    if (started < o.streams && R.errors < 50) {
      started++;
      begin(c);
    }
  };
  ns_t T0 = now();
  double c0 = cpu_us(o.pid);
  char buf[65536];
  vector<epoll_event> ev(256);
  size_t opened = 0;
  ns_t last_progress = T0;
  for (auto& c : cs) c.start_at = T0 + (o.gap ? o.gap * 1000 / (ns_t)o.conns : 0) * (ns_t)opened++;
  opened = 0;
  while (finished < started || (started < o.streams && R.errors < 50)) {
    ns_t t = now();
    while (opened < cs.size() && started < o.streams && cs[opened].start_at <= t) {
      started++;
      begin(cs[opened++]);
    }
    if (t - last_progress > 30000000000LL) {
      R.errors++;
      R.why = "no progress for 30 s";
      break;
    }
    int n = epoll_wait(ep, ev.data(), (int)ev.size(), opened < cs.size() && started < o.streams ? 1 : 1000);
    for (int i = 0; i < n; i++) {
      Conn& c = *(Conn*)ev[i].data.ptr;
      if (c.fd < 0) continue;
      ssize_t r = recv(c.fd, buf, sizeof buf, 0);
      t = now();
      last_progress = t;
      if (r < 0 && errno == EAGAIN) continue;
      if (r <= 0) {
        if (!c.active) {
          shut(c);
          continue;
        }
        if (!c.head && c.in.empty() && c.used) {
          shut(c);
          begin(c);
          continue;
        }  // an idle connection closed under us: one fresh try
        next(c, c.head && c.b.kind == Body::Close && c.done_seen && c.k == o.n
                    ? ""
                    : "closed early after " + to_string(c.k) + " deltas");
        if (c.active == false) shut(c);
        continue;
      }
      c.in.append(buf, r);
      if (!c.active) {
        shut(c);
        continue;
      }
      if (!c.head) {
        auto p = c.in.find("\r\n\r\n");
        if (p == string::npos) continue;
        string h = c.in.substr(0, p + 2);
        c.status = h.size() > 12 ? atoi(h.c_str() + 9) : 0;
        c.in.erase(0, p + 4);
        c.head = true;
        c.b.start(h, false);
        if (c.status != 200) {
          next(c, "status " + to_string(c.status) + " " + c.in.substr(0, 120));
          continue;
        }
      }
      c.b.feed(c.in, c.sse);
      string err;
      size_t p = 0;
      for (size_t e; (e = c.sse.find("\n\n", p)) != string::npos; p = e + 2) {
        string_view s(c.sse.data() + p, e - p);
        auto q = s.find("\"~");
        if (q != s.npos) {
          char* x;
          long k = strtol(s.data() + q + 2, &x, 10);
          ns_t sent = *x == ':' ? strtoll(x + 1, nullptr, 10) : 0;
          if (k != c.k) {
            err = "delta " + to_string(k) + " where " + to_string(c.k) + " was due";
            break;
          }
          if (c.k++ == 0)
            (c.used ? R.ttft : R.cold).push_back(t - c.t0);
          else
            R.gap.push_back(t - c.last);
          R.transit.push_back(t - sent);
          c.last = t;
          R.events++;
        } else if (s.find("[DONE]") != s.npos)
          c.done_seen = true;
      }
      c.sse.erase(0, p);
      if (c.b.bad) err = "bad chunk framing";
      if (!err.empty()) {
        next(c, err);
        continue;
      }
      if (c.b.done) {
        string left = c.in;
        next(c, c.k != o.n     ? "got " + to_string(c.k) + " deltas of " + to_string(o.n)
                : !c.done_seen ? "no [DONE]"
                               : "");
      }
    }
  }
  if (R.ttft.empty()) R.ttft = R.cold;  // else: only connections that carried a stream before
  R.secs = (now() - T0) / 1e9;
  R.cpu_us = cpu_us(o.pid) - c0;
  for (auto& c : cs) shut(c);
  ::close(ep);
  return R;
}
static double pct(vector<ns_t>& v, double p) {
  if (v.empty()) return 0;
  size_t k = min(v.size() - 1, (size_t)(p * v.size()));
  nth_element(v.begin(), v.begin() + k, v.end());
  return v[k] / 1000.0;
}
static double med(vector<double> v) {
  if (v.empty()) return 0;
  sort(v.begin(), v.end());
  return v[v.size() / 2];
}

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  vector<string> A(argv + 1, argv + argc);
  map<string, string> opt;
  vector<string> pos;
  for (size_t i = 0; i < A.size(); i++) {
    if (A[i] == "--quick")
      opt["quick"] = "1";
    else if (A[i].rfind("--", 0) == 0 && i + 1 < A.size()) {
      opt[A[i].substr(2)] = A[i + 1];
      i++;
    } else
      pos.push_back(A[i]);
  }
  auto get = [&](const char* k, string d) { return opt.count(k) ? opt[k] : d; };
  if (pos.size() >= 2 && pos[0] == "upstream")
    return upstream(stoi(pos[1]), stol(get("deltas", "64")), stol(get("gap-us", "20000")));
  auto hostport = [](Load& l, string s) {
    auto p = s.rfind("//");
    if (p != s.npos) s = s.substr(p + 2);
    p = s.find(':');
    if (p == s.npos) die("HOST:PORT wanted");
    l.host = s.substr(0, p);
    l.port = stoi(s.substr(p + 1));
  };
  if (pos.size() >= 6 && pos[0] == "load") {
    Load l;
    hostport(l, pos[1]);
    l.path = pos[2];
    l.key = pos[3];
    l.conns = stoul(pos[4]);
    l.streams = stoul(pos[5]);
    l.n = stol(get("deltas", "64"));
    l.gap = stol(get("gap-us", "20000"));
    l.model = get("model", l.model);
    l.pid = stoi(get("pid", "0"));
    auto r = load(l);
    printf(
        "streams %zu errors %zu events %zu in %.2f s = %.0f events/s\nus p50/p99: ttft %.0f %.0f  transit %.0f %.0f  "
        "gap %.0f %.0f\n",
        r.streams, r.errors, r.events, r.secs, r.events / r.secs, pct(r.ttft, .5), pct(r.ttft, .99), pct(r.transit, .5),
        pct(r.transit, .99), pct(r.gap, .5), pct(r.gap, .99));
    if (l.pid) printf("cpu %.2f us/event\n", r.cpu_us / max<size_t>(r.events, 1));
    if (r.errors) printf("first error: %s\n", r.why.c_str());
    return r.errors ? 1 : 0;
  }
  if (pos.size() >= 2 && pos[0] == "compare") {
    struct Sc {
      const char* name;
      size_t conns, streams;
      long n, gap;
    };
    double k = stod(get("scale", "1"));
    vector<Sc> sc = {{"c=1 paced", 1, size_t(8 * k), 64, 20000},
                     {"c=64 paced", 64, size_t(512 * k), 64, 20000},
                     {"c=1 unpaced", 1, size_t(60 * k), 2000, 0},
                     {"c=8 unpaced", 8, size_t(120 * k), 2000, 0}};
    // time to first token has one sample a stream: short streams give it enough
    sc.push_back({"c=1 ttft", 1, size_t(1000 * k), 1, 0});
    sc.push_back({"c=64 ttft", 64, size_t(2000 * k), 3, 20000});
    if (opt.count("quick"))
      for (auto& s : sc) s.streams = max<size_t>(s.conns, s.streams / 4);
    if (opt.count("only")) erase_if(sc, [&](auto& s) { return string(s.name).find(opt["only"]) == string::npos; });
    int rounds = stoi(get("rounds", "3"));
    bool bad = false;
    printf("%-12s %-10s %19s %19s %19s %22s %9s %s\n", "scenario", "gateway", "ttft us p50 p99", "transit us p50 p99",
           "gap us p50 p99", "cpu us/event", "events/s", "errors");
    for (auto& s : sc) {
      map<string, map<string, vector<double>>> M;
      map<string, size_t> errs;
      vector<string> names;
      map<string, string> why;
      for (int r = 0; r < rounds; r++)
        for (size_t i = 1; i < pos.size(); i++) {
          auto eq = pos[i].find('='), at = pos[i].find('@', eq);
          if (eq == string::npos || at == string::npos) die("NAME=PID@HOST:PORT[@KEY] wanted: " + pos[i]);
          Load l;
          string nm = pos[i].substr(0, eq), rest = pos[i].substr(at + 1);
          auto a2 = rest.find('@');
          l.pid = stoi(pos[i].substr(eq + 1, at - eq - 1));
          if (a2 != string::npos) {
            l.key = rest.substr(a2 + 1);
            rest = rest.substr(0, a2);
          }
          hostport(l, rest);
          l.path = get("path", l.path);
          l.model = get("model", l.model);
          l.conns = s.conns;
          l.n = s.n;
          l.gap = s.gap;
          l.streams = max<size_t>(1, s.conns);
          if (!r) names.push_back(nm);
          Load w = l;
          w.n = 8;
          w.gap = 0;
          w.streams = s.conns * 2;
          load(w);  // warm connections and code
          l.streams = max<size_t>(s.streams, s.conns);
          auto q = load(l);
          auto& m = M[nm];
          errs[nm] += q.errors;
          if (!q.why.empty()) why[nm] = q.why;
          m["t50"].push_back(pct(q.ttft, .5));
          m["t99"].push_back(pct(q.ttft, .99));
          m["x50"].push_back(pct(q.transit, .5));
          m["x99"].push_back(pct(q.transit, .99));
          m["g50"].push_back(pct(q.gap, .5));
          m["g99"].push_back(pct(q.gap, .99));
          m["cpu"].push_back(q.cpu_us / max<size_t>(q.events, 1));
          m["eps"].push_back(q.events / q.secs);
        }
      for (auto& nm : names) {
        auto& m = M[nm];
        auto& d = M[names[0]];
        auto c = m["cpu"];
        sort(c.begin(), c.end());
        auto t = m["t50"];
        sort(t.begin(), t.end());
        printf("%-12s %-10s %9.0f %9.0f %9.0f %9.0f %9.0f %9.0f %7.2f [%5.2f..%5.2f] %9.0f %zu", s.name, nm.c_str(),
               med(m["t50"]), med(m["t99"]), med(m["x50"]), med(m["x99"]), med(m["g50"]), med(m["g99"]), med(c),
               c.front(), c.back(), med(m["eps"]), errs[nm]);
        if (nm != names[0])
          printf("  added: ttft %+.0f %+.0f transit %+.0f %+.0f  (ttft p50 over rounds %.0f..%.0f)",
                 med(m["t50"]) - med(d["t50"]), med(m["t99"]) - med(d["t99"]), med(m["x50"]) - med(d["x50"]),
                 med(m["x99"]) - med(d["x99"]), t.front(), t.back());
        printf("%s%s\n", why.count(nm) ? "  first error: " : "", why.count(nm) ? why[nm].c_str() : "");
        bad |= errs[nm] > 0;
      }
      fflush(stdout);
    }
    return bad ? 1 : 0;
  }
  fprintf(stderr,
          "usage: stream_bench upstream PORT | load HOST:PORT PATH KEY CONNS STREAMS | compare "
          "NAME=PID@HOST:PORT[@KEY] ...\n");
  return 2;
}
