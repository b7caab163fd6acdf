/* The live line between this page and the server: frames in, acts out, what is typed kept. API: pages/live/__init__.py */
(function () {
  'use strict';
  const YS = (window.YS = window.YS || {});
  const ALIVE = '/_live/alive';
  const BEAT = 25000; // ms between heartbeats while the page is seen
  const PATIENCE = 10000; // ms until a heartbeat or an act counts as lost
  const WEEK = 7 * 86400000;
  const KEPT = 6; // connections a browser keeps to one server
  const HASTY = 2500; // ms for an attempt that may be on a dead one of them

  YS.id = function () {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  };
  const words = (name) => {
    const all = YS.words || {};
    const mine = all[document.documentElement.lang] || all['zh-CN'] || {};
    return mine[name] || '';
  };
  const guarded = (fn, arg) => {
    try {
      fn(arg);
    } catch (error) {
      console.error(error); // one failing listener harms no other
    }
  };

  // ---- what is kept in this browser, for the person signed in

  const memory = new Map(); // where storage is forbidden (private windows, some in-app browsers)
  const store = {
    get(key) {
      try {
        return localStorage.getItem(key);
      } catch (e) {
        return memory.has(key) ? memory.get(key) : null;
      }
    },
    set(key, value) {
      try {
        localStorage.setItem(key, value);
      } catch (e) {
        memory.set(key, value);
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        localStorage.removeItem(key);
      } catch (e) {
        /* nothing was kept there */
      }
    },
  };
  const keyed = (key) => `ys:${YS.member || 0}:${key}`;
  const read = (key) => {
    try {
      return JSON.parse(store.get(keyed(key)));
    } catch (e) {
      return null;
    }
  };
  const write = (key, value) => store.set(keyed(key), JSON.stringify(value));

  YS.draft = {
    get: (key) => read('draft:' + key),
    set(key, value) {
      if (value === '' || value === null || value === undefined) this.clear(key);
      else write('draft:' + key, value);
    },
    clear: (key) => store.remove(keyed('draft:' + key)),
  };

  /** Forget everything kept for this person (on logout from a shared phone). */
  YS.forget = function () {
    const mine = keyed('');
    try {
      Object.keys(localStorage).filter((key) => key.startsWith(mine)).forEach((key) => localStorage.removeItem(key));
    } catch (e) {
      /* nothing was kept there */
    }
    memory.clear();
  };

  // ---- the line

  const topics = new Map(); // topic -> Set of fn
  const connectors = new Set();
  const watchers = new Set();
  let socket = null;
  let state = 'connecting';
  let ready = false; // connected and handshake done
  let ever = false; // has been connected on this page
  let recovering = false;
  let beating = false;
  let socketWorked = false; // a WebSocket has been open on this page
  let timeouts = 0; // connections in a row that were not answered

  const add = (set, fn) => {
    set.add(fn);
    return () => set.delete(fn);
  };
  function setState(next) {
    if (state === next) return;
    state = next;
    watchers.forEach((fn) => guarded(fn, state));
    showBar();
  }

  YS.live = {
    on(topic, fn) {
      if (!topics.has(topic)) topics.set(topic, new Set());
      const off = add(topics.get(topic), fn);
      return () => {
        off();
        if (topics.has(topic) && !topics.get(topic).size) topics.delete(topic);
      };
    },
    onConnect(fn) {
      if (ready) setTimeout(() => connectors.has(fn) && guarded(fn, { first: true, resync: false }), 0);
      return add(connectors, fn);
    },
    onState: (fn) => add(watchers, fn),
    /** Load the page anew once the server answers, when it is this page's turn. */
    reload: () => recover(),
    /** Look at once whether the line still lives. */
    check: (patience) => beat(patience || PATIENCE),
    get state() {
      return state;
    },
    get connected() {
      return ready;
    },
  };

  function dispatch(frame) {
    if (frame.k === 'reply') {
      settle(frame);
      return;
    }
    if (frame.k === 'resync') announce(true);
    if (frame.k === 'reload') recover();
    const all = topics.get('*');
    const some = topics.get(frame.t);
    if (some) some.forEach((fn) => guarded(fn, frame));
    if (all) all.forEach((fn) => guarded(fn, frame));
  }
  function announce(resync) {
    const first = !ever;
    ever = true;
    connectors.forEach((fn) => guarded(fn, { first, resync }));
    if (!resync) acts.forEach((act) => act.again && act.send());
  }

  function connected() {
    if (!window.did_handshake) {
      setTimeout(() => socket && socket.connected && connected(), 20);
      return;
    }
    ready = true;
    timeouts = 0;
    if (socket.io.engine.transport.name === 'websocket') socketWorked = true;
    setState('online');
    announce(false);
  }
  function disconnected(reason) {
    ready = false;
    setState(navigator.onLine === false ? 'offline' : 'connecting');
    if (reason === 'io server disconnect') setTimeout(now, 500 + Math.random() * 2000); // Socket.IO would not come back
  }
  function refused(error) {
    ready = false;
    if (error.message === 'Implicit handshake failed') {
      recover(); // the server does not know this page any more: it was restarted, or we were away too long
    } else if (error.message === 'timeout') {
      // As in NiceGUI: the WebSocket may be blocked on the way, so the next attempt begins with polling. Where it has
      // worked that is rare, and polling may wait on a kept connection that died with the line: only every third one.
      timeouts += 1;
      socket.io.opts.transports = socketWorked && timeouts % 3 ? ['websocket', 'polling'] : ['polling', 'websocket'];
    }
    if (!recovering) setState(navigator.onLine === false ? 'offline' : 'connecting');
  }
  /** Try again now instead of when the growing pause is over. */
  function now() {
    if (!socket || socket.connected || recovering) return;
    socket.disconnect();
    socket.connect();
  }

  /* A restarted server meets all its pages at once: each asks for its turn and reloads then, drafts and outbox kept. */
  function recover() {
    if (recovering) return;
    recovering = true;
    setState('connecting');
    let last = [];
    try {
      last = JSON.parse(sessionStorage.ys_reloads || '[]').filter((at) => Date.now() - at < 60000);
      sessionStorage.ys_reloads = JSON.stringify([...last, Date.now()]);
    } catch (e) {
      /* without storage there is no memory of earlier reloads */
    }
    // The browser may ask over a kept connection that died with the line, and hold up to six of them: the first few
    // attempts are short, each uses one up, so the page is back in seconds and not after a minute.
    let tries = 0;
    const patience = () => (tries++ < KEPT ? HASTY : PATIENCE);
    const attempt = (query) =>
      fetch(ALIVE + query, { cache: 'no-store', signal: window.AbortSignal && AbortSignal.timeout ? AbortSignal.timeout(patience()) : undefined })
        .then((answer) => {
          if (!answer.ok) throw new Error(String(answer.status));
          const [wait, turn] = (answer.headers.get('x-turn') || '0').split(' ');
          setTimeout(() => (turn ? attempt('?turn=' + turn) : location.reload()), Number(wait) || 0);
        })
        .catch(() => setTimeout(attempt, 500 + Math.random() * 1000, ''));
    setTimeout(attempt, last.length > 4 ? 15000 : 0, ''); // when something is wrong: do not reload in circles
  }

  function beat(patience) {
    if (!ready || beating) return;
    beating = true;
    const asked = socket;
    socket.timeout(patience).emit('ys_ping', (error) => {
      beating = false;
      if (error && asked.connected) asked.io.engine.close(); // a dead line: Socket.IO now connects again
    });
  }
  setInterval(() => document.visibilityState === 'visible' && beat(PATIENCE), BEAT);
  window.addEventListener('offline', () => setState('offline'));
  window.addEventListener('online', () => {
    if (ready) {
      setState('online');
      beat(3000);
    } else {
      setState('connecting');
      now();
    }
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    if (ready) beat(3000); // a phone that slept may hold a dead line
    else now();
  });

  function hook(found) {
    socket = found;
    const manager = socket.io;
    manager.reconnectionDelay(500);
    manager.reconnectionDelayMax(1500);
    manager.timeout(10000);
    socket.on('live', dispatch);
    // NiceGUI adds its handlers in the same breath it makes the socket; ours take the place of those that show its
    // popup or reload at once, which a thousand pages must not do in the same second.
    Promise.resolve().then(() => {
      ['connect_error', 'disconnect'].forEach((event) => socket.off(event));
      socket.on('connect', connected);
      socket.on('disconnect', disconnected);
      socket.on('connect_error', refused);
      if (socket.connected) connected();
    });
  }
  if (window.socket) hook(window.socket);
  else {
    let value;
    Object.defineProperty(window, 'socket', {
      configurable: true,
      get: () => value,
      set(next) {
        value = next;
        if (next) hook(next);
      },
    });
  }

  // ---- acts: what a component asks

  const acts = new Map(); // id -> {send, resolve, reject, again, timer, promise}

  function settle(frame) {
    const act = acts.get(frame.id);
    if (!act) return;
    acts.delete(frame.id);
    clearTimeout(act.timer);
    if (frame.ok) act.resolve(frame.data);
    else act.reject(frame.error);
  }
  function fail(id, code) {
    const act = acts.get(id);
    if (!act) return;
    acts.delete(id);
    clearTimeout(act.timer);
    act.reject({ code, words: words(code), field: null });
  }

  /** Ask the server. options: again (resend after a lost line or answer), timeout (ms), id. */
  YS.act = function (component, name, args, options) {
    const { again = false, timeout = again ? 60000 : PATIENCE, id = YS.id() } = options || {};
    const running = acts.get(id);
    if (running) {
      running.send();
      return running.promise;
    }
    const act = { again };
    act.promise = new Promise((resolve, reject) => Object.assign(act, { resolve, reject }));
    act.send = () => {
      if (ready) component.$emit('act', { name, args: args || {}, id });
    };
    if (!ready && !again && ever) {
      return Promise.reject({ code: 'offline', words: words('offline'), field: null });
    }
    acts.set(id, act);
    if (!ready && !again) act.again = true; // asked while the page is still connecting: goes out with the connection
    act.send();
    const began = Date.now();
    const look = () => {
      if (Date.now() - began >= timeout) fail(id, ready ? 'timeout' : 'offline');
      else {
        beat(5000); // no answer: is it the server that is slow, or the line that is dead?
        if (again) act.send();
        act.timer = setTimeout(look, Math.min(PATIENCE, timeout - (Date.now() - began)));
      }
    };
    act.timer = setTimeout(look, Math.min(PATIENCE, timeout));
    return act.promise;
  };

  // ---- the outbox: commands that must arrive, across lost lines and reloads

  const boxers = new Set();
  const box = () => (read('outbox') || []).filter((entry) => Date.now() - entry.at < WEEK);
  const keep = (entries) => {
    if (entries.length) write('outbox', entries);
    else store.remove(keyed('outbox'));
    boxers.forEach((fn) => guarded(fn, entries));
  };
  YS.outbox = {
    all: (name) => box().filter((entry) => !name || entry.name === name),
    put(id, name, args) {
      keep([...box().filter((entry) => entry.id !== id), { id, name, args, at: Date.now() }]);
    },
    remove(id) {
      keep(box().filter((entry) => entry.id !== id));
      const act = acts.get(id);
      if (act) {
        acts.delete(id);
        clearTimeout(act.timer);
      }
    },
    onChange: (fn) => add(boxers, fn),
    /** Put, send, resend until answered. Settles with the server's answer only; the entry goes with it. */
    send(component, name, args, id) {
      const identity = id || YS.id();
      this.put(identity, name, args);
      return YS.act(component, name, args, { again: true, timeout: Infinity, id: identity }).then(
        (data) => {
          this.remove(identity);
          return data;
        },
        (error) => {
          this.remove(identity);
          throw error;
        },
      );
    },
    /** Send again what an earlier life of this page left; returns [{entry, promise}]. */
    flush(component, name, wanted) {
      return this.all(name)
        .filter((entry) => !wanted || wanted(entry))
        .map((entry) => ({ entry, promise: this.send(component, entry.name, entry.args, entry.id) }));
    },
  };

  // ---- the bar: thin, only when the line has been gone for a moment

  let bar = null;
  let barTimer = 0;
  function showBar() {
    clearTimeout(barTimer);
    if (state === 'online') {
      if (bar) bar.hidden = true;
      return;
    }
    barTimer = setTimeout(() => {
      if (state === 'online' || !document.body) return;
      if (!bar) {
        bar = document.createElement('div');
        bar.id = 'ys-line';
        bar.setAttribute('role', 'status');
        document.body.appendChild(bar);
      }
      bar.hidden = false;
      bar.dataset.state = state;
      bar.textContent = words(state === 'offline' ? 'bar_offline' : 'bar_connecting');
    }, state === 'offline' ? 0 : 1200);
  }
  showBar(); // a page that never connects must say so too

  const style = document.createElement('style');
  style.textContent =
    '#popup{display:none!important}' +
    '#ys-line{position:fixed;z-index:9000;top:0;left:0;right:0;padding:4px 12px;padding-top:calc(4px + env(safe-area-inset-top));' +
    'font-size:.8125rem;line-height:1.4;text-align:center;color:#fff;background:#7A4A00}' +
    '#ys-line[data-state=offline]{background:#4A5058}#ys-line[hidden]{display:none}';
  document.head.appendChild(style);

  // ---- icons: one set for our components and, by the same names, for Quasar's widgets; no icon font is loaded

  YS.icon = (name) => (YS.icons && YS.icons.paths[YS.icons.aliases[name] || name]) || '';
  YS.install = function (app) {
    const quasar = app.config.globalProperties.$q;
    if (!quasar || !YS.icons) return;
    quasar.iconMapFn = (name) => {
      if (!/^[a-z0-9_]+$/.test(name)) return undefined; // a path, an image or another set
      return { icon: (YS.icon(name) || 'M12 12h.01') + '@@' + YS.icons.style };
    };
  };
})();
