// The review queue and one item of it. What customers, models and reviewers wrote is shown as text:
// there is no v-html here.
const SHORTCUTS = "console_shortcuts";
const HOUR_S = 3600;

export default {
  template: `
    <div class="desk" :class="{ opened: showsItem }">
      <form class="toolbar" @submit.prevent :aria-label="texts.filters">
        <label v-for="one in filters" :key="one.name" class="field">
          <span>{{ one.label }}</span>
          <select v-model="chosen[one.name]" @change="filter">
            <option value="">{{ texts.everything }}</option>
            <option v-for="value in one.values" :key="value" :value="value">{{ word(value) }}</option>
          </select>
        </label>
        <button type="button" class="button" @click="help = !help" :aria-expanded="help" aria-controls="review-help">
          {{ texts.help }} <kbd>?</kbd>
        </button>
      </form>
      <section v-show="help" id="review-help" class="panel" :aria-label="texts.help">
        <dl class="keys">
          <template v-for="[keys, text] in shortcuts" :key="text">
            <dt><kbd v-for="key in keys" :key="key">{{ key }}</kbd></dt><dd>{{ text }}</dd>
          </template>
        </dl>
        <label class="check">
          <input type="checkbox" v-model="active" @change="remember" /> {{ texts.shortcuts_on }}
        </label>
      </section>
      <div class="desk-parts">
        <section class="queue" :aria-label="texts.queue">
          <p class="small muted">{{ fill(texts.shown, { count: items.length, total }) }}</p>
          <ul v-if="items.length" ref="list" class="queue-list" role="listbox" tabindex="0" :aria-label="texts.queue"
              :aria-activedescendant="selected ? 'item-' + at : null" @keydown="arrow">
            <li v-for="(item, number) in items" :key="item.event_id" :id="'item-' + number" role="option"
                :aria-selected="item.event_id === selected" @click="open(item.event_id, true)">
              <p class="meta">
                <span class="chip" :class="priorityLook(item.priority)">{{ word(item.priority) }}</span>
                <span v-if="item.status !== 'open'" class="chip">{{ word(item.status) }}</span>
                <span v-else class="small" :class="late(item) ? 'overdue' : 'muted'">{{ due(item) }}</span>
              </p>
              <p class="snippet">{{ item.snippet }}</p>
              <p class="small muted">{{ item.reasons.map(word).join(" · ") }}</p>
            </li>
          </ul>
          <p v-else class="empty">{{ loaded ? (isFiltered ? texts.nothing_fits : texts.empty) : texts.loading }}</p>
          <button v-if="more" type="button" class="button" @click="$emit('more')">{{ texts.more }}</button>
        </section>
        <article v-if="item" class="item" :aria-label="texts.item" ref="item" tabindex="-1">
          <p class="meta">
            <button type="button" class="button back" @click="back">← {{ texts.back }}</button>
            <span class="chip" :class="priorityLook(item.priority)">{{ word(item.priority) }}</span>
            <span class="chip" v-if="item.status !== 'open'">{{ word(item.status) }}</span>
            <span v-if="item.status === 'open'" :class="late(item) ? 'chip bad' : 'muted small'">{{ due(item) }}</span>
            <span v-for="reason in item.reasons" :key="reason" class="chip warn">{{ word(reason) }}</span>
          </p>
          <p v-if="closed" class="notice" role="status">{{ closed }}</p>
          <div class="sides">
            <section class="panel">
              <h2>{{ texts.text }}</h2>
              <p class="said" :lang="item.language">{{ item.text }}</p>
              <dl class="facts small">
                <template v-for="[name, value] in item.event" :key="name"><dt>{{ label(name) }}</dt><dd>{{ value }}</dd></template>
                <dt>{{ texts.received }}</dt><dd>{{ moment(item.received_ms) }}</dd>
              </dl>
            </section>
            <section class="panel">
              <h2>{{ texts.analysis }}</h2>
              <p v-if="item.summary">{{ item.summary }}</p>
              <dl class="facts small">
                <template v-for="[name, values] in item.analysis" :key="name">
                  <dt>{{ label(name) }}</dt><dd>{{ values.map(word).join(", ") }}</dd>
                </template>
              </dl>
              <p class="small muted">{{ item.judged_by }}</p>
              <p v-if="item.degraded" class="small overdue">⚠ {{ word(item.degraded) }}</p>
            </section>
            <section class="panel">
              <h2>{{ texts.draft }}</h2>
              <p v-if="item.draft" class="said" :lang="item.draft_language">{{ item.draft }}</p>
              <p v-else class="muted">{{ texts.no_draft }}</p>
              <p class="small muted">{{ item.strategy }}</p>
            </section>
          </div>
          <form v-if="mode === 'edit' || mode === 'response'" class="panel" @submit.prevent="send(mode, written)">
            <label class="field">
              <span>{{ mode === "edit" ? texts.edit_label : texts.respond_label }}</span>
              <textarea ref="editor" v-model="written" rows="7" maxlength="50000" :lang="item.draft_language"
                @keydown.ctrl.enter.prevent="send(mode, written)" @keydown.meta.enter.prevent="send(mode, written)"
                @keydown.esc="escape"></textarea>
              <span class="hint">{{ texts.editor_hint }}</span>
              <span v-if="empty" class="wrong" role="alert">{{ texts.text_needed }}</span>
            </label>
            <p class="acts">
              <button type="submit" class="button strong" :disabled="pending">{{ texts.send }}</button>
              <button type="button" class="button" @click="leave">{{ texts.cancel }}</button>
            </p>
          </form>
          <div v-else-if="mode" class="panel confirm" role="alertdialog" :aria-label="question" @keydown.esc.stop.prevent="leave">
            <p>{{ question }}</p>
            <p class="acts">
              <button type="button" ref="confirm" class="button strong" :disabled="pending" @click="send(mode)">{{ texts[mode + "_confirm"] }}</button>
              <button type="button" class="button" @click="leave">{{ texts.cancel }}</button>
            </p>
          </div>
          <p v-else-if="mayDecide && item.status === 'open'" class="acts sticky">
            <button v-for="[kind, key] in offered" :key="kind" type="button" class="button" :class="{ strong: kind === 'accept' }"
                    :disabled="pending || !item.allowed.includes(kind)" :aria-keyshortcuts="key" @click="begin(kind)">
              {{ texts[kind] }} <kbd>{{ key }}</kbd>
            </button>
          </p>
          <p v-else-if="!mayDecide" class="muted">{{ texts.may_not }}</p>
          <section v-if="item.decisions.length" class="panel">
            <h2>{{ texts.history }}</h2>
            <ol class="history">
              <li v-for="one in item.decisions" :key="one.decision_id">
                <p class="meta">
                  <span class="chip" :class="fateLook(one.outcome)">{{ word(one.outcome) }}</span>
                  <span>{{ word(one.type) }}</span><span class="muted">{{ one.reviewer }}</span>
                  <span class="muted small">{{ moment(one.at_ms) }}</span>
                </p>
                <p v-if="one.text" class="said">{{ one.text }}</p>
                <p v-if="one.fault" class="small overdue">{{ word(one.fault) }}</p>
              </li>
            </ol>
          </section>
        </article>
        <p v-else class="empty item">{{ items.length ? texts.choose : "" }}</p>
      </div>
      <section v-if="mine.length" class="panel" :aria-label="texts.mine">
        <h2>{{ texts.mine }}</h2>
        <ol class="history">
          <li v-for="one in mine" :key="one.decision_id" class="meta">
            <span class="chip" :class="fateLook(one.outcome)">{{ word(one.outcome) }}</span>
            <span>{{ word(one.type) }}</span>
            <button type="button" class="link snippet" @click="open(one.event_id, true)">{{ one.snippet }}</button>
            <span v-if="one.told" class="small overdue">{{ one.told }}</span>
          </li>
        </ol>
      </section>
      <p class="visually-hidden" role="status" aria-live="polite">{{ said }}</p>
    </div>
  `,
  props: { texts: Object, words: Object, language: String, filters: Array, mayDecide: Boolean },
  data() {
    return {
      items: [], total: 0, more: false, loaded: false, chosen: {}, selected: "", item: null, showsItem: false,
      mode: "", written: "", kept: {}, empty: false, pending: false, mine: [], said: "", help: false,
      active: localStorage.getItem(SHORTCUTS) !== "off", now: Date.now(), clock: null,
      offered: [["accept", "a"], ["edit", "e"], ["response", "r"], ["ignore", "i"]],
    };
  },
  computed: {
    at() { return this.items.findIndex((one) => one.event_id === this.selected); },
    isFiltered() { return this.filters.some((one) => this.chosen[one.name] !== one.first); },
    question() { return this.texts[this.mode + "_question"]; },
    closed() {
      const item = this.item;
      if (!item || item.status === "open") return "";
      const counts = item.decisions.find((one) => one.outcome === "applied");
      if (counts) {
        const by = counts.reviewer ?? this.texts.somebody;
        return this.fill(this.texts.decided_by, { type: this.word(counts.type), by });
      }
      return item.status === "deciding" ? this.texts.on_its_way : "";
    },
    shortcuts() {
      const texts = this.texts;
      return [
        [["j", "↓"], texts.key_next], [["k", "↑"], texts.key_previous], [["a"], texts.accept],
        [["e"], texts.edit], [["r"], texts.response], [["i"], texts.ignore], [["Enter"], texts.key_confirm],
        [["Ctrl", "Enter"], texts.key_send], [["Esc"], texts.key_leave], [["?"], texts.help],
      ];
    },
  },
  created() {
    for (const one of this.filters) this.chosen[one.name] = one.first;
  },
  mounted() {
    window.addEventListener("keydown", this.key);
    this.clock = setInterval(() => (this.now = Date.now()), 10000);
  },
  unmounted() {
    window.removeEventListener("keydown", this.key);
    clearInterval(this.clock);
  },
  methods: {
    // Called by the server.
    queue(items, total, more) {
      const place = this.at;
      this.items = items;
      this.total = total;
      this.more = more;
      this.loaded = true;
      if (this.mode || this.pending || this.at >= 0) return;
      // What was looked at has left the queue because somebody else decided it: it stays on the
      // page, which says so, until its reader moves on.
      if (this.item && place >= 0) return;
      if (!this.item && items.length) this.open(items[0].event_id, false);
    },
    opened(item) {
      if (item.event_id !== this.selected) return;
      const isNew = this.item?.event_id !== item.event_id;
      this.item = item;
      if (item.status !== "open" && this.mode) {
        if (this.written) this.kept[item.event_id] = this.written;
        this.mode = "";
      }
      if (isNew && this.at >= 0) {
        const place = { at: this.at + 1, count: this.items.length, priority: this.word(item.priority), due: this.due(item) };
        this.said = this.fill(this.texts.announce, place);
      }
    },
    decided(decision) {
      this.pending = false;
      this.mode = "";
      this.written = "";
      delete this.kept[decision.event_id];
      this.mine = [decision, ...this.mine].slice(0, 10);
      this.said = this.fill(this.texts.announce_decided, { type: this.word(decision.type) });
      this.moveOn(decision.event_id);
    },
    undecided() {
      this.pending = false;
      if (this.mode === "accept" || this.mode === "ignore") this.mode = "";
    },
    told(decisionId, outcome, text) {
      const one = this.mine.find((known) => known.decision_id === decisionId);
      if (one) Object.assign(one, { outcome, told: text });
      if (text) this.said = text;
    },
    // What the reader does.
    moveOn(eventId) {
      const place = Math.max(0, this.items.findIndex((one) => one.event_id === eventId));
      this.items = this.items.filter((one) => one.event_id !== eventId);
      const next = this.items[Math.min(place, this.items.length - 1)];
      this.item = null;
      this.selected = "";
      if (next) this.open(next.event_id, this.showsItem);
      else this.showsItem = false;
      this.$nextTick(() => this.$refs.list?.focus({ preventScroll: true }));
    },
    open(eventId, shows) {
      if (this.pending) return;
      if (this.mode) this.leave();
      this.selected = eventId;
      this.showsItem = this.showsItem || shows;
      if (this.item?.event_id !== eventId) this.item = null;
      this.$emit("open", eventId);
      // On a telephone the item takes the queue's place.
      if (shows && innerWidth <= 760) scrollTo({ top: 0 });
      this.$nextTick(() => document.getElementById("item-" + this.at)?.scrollIntoView?.({ block: "nearest" }));
    },
    back() {
      this.showsItem = false;
      this.$nextTick(() => this.$refs.list?.focus());
    },
    step(by) {
      if (!this.items.length) return;
      const next = this.at < 0 ? 0 : Math.min(this.items.length - 1, Math.max(0, this.at + by));
      this.open(this.items[next].event_id, false);
    },
    begin(kind) {
      if (!this.mayDecide || this.pending || this.item?.status !== "open") return;
      if (!this.item.allowed.includes(kind)) return;
      this.empty = false;
      this.mode = kind;
      if (kind === "edit") this.written = this.kept[this.item.event_id] ?? this.item.draft;
      if (kind === "response") this.written = this.kept[this.item.event_id] ?? "";
      this.$nextTick(() => (this.$refs.editor ?? this.$refs.confirm)?.focus());
    },
    leave() {
      // What was written is not lost by a key.
      if (this.item && this.written.trim() && this.written !== this.item.draft) this.kept[this.item.event_id] = this.written;
      this.mode = "";
      this.written = "";
      this.$nextTick(() => this.$refs.list?.focus({ preventScroll: true }));
    },
    escape(event) {
      // An input method's own: it takes back what is being composed, in Chinese for one.
      if (event.isComposing) return;
      event.preventDefault();
      this.leave();
    },
    send(kind, text = null) {
      if (this.pending || !this.item) return;
      this.empty = text !== null && !text.trim();
      if (this.empty) return;
      this.pending = true;
      this.$emit("decide", { event_id: this.item.event_id, type: kind, text });
    },
    filter() {
      this.item = null;
      this.selected = "";
      this.loaded = false;
      this.items = [];
      this.$emit("filter", { ...this.chosen });
    },
    remember() { localStorage.setItem(SHORTCUTS, this.active ? "on" : "off"); },
    arrow(event) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) {
        event.preventDefault();
        this.step(by);
      } else if (event.key === "Enter") {
        this.showsItem = true;
        this.$nextTick(() => this.$refs.item?.focus());
      }
    },
    key(event) {
      // Nobody who types decides anything, nor does a chord that belongs to the browser.
      const isTyping = event.target.closest?.("input, textarea, select, [contenteditable]");
      if (isTyping || event.ctrlKey || event.altKey || event.metaKey || event.repeat && !"jk".includes(event.key)) return;
      if (event.key === "Escape") {
        if (this.mode) this.leave();
        else this.help = false;
        return;
      }
      if (event.key === "?") { this.help = !this.help; return; }
      if (!this.active) return;
      if (event.key === "j" || event.key === "k") {
        this.step(event.key === "j" ? 1 : -1);
        event.preventDefault();
        return;
      }
      const act = this.offered.find(([, key]) => key === event.key);
      if (act && !this.mode) {
        event.preventDefault();
        this.begin(act[0]);
      }
    },
    // How it is written.
    fill(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); },
    word(name) { return this.words[name] ?? name; },
    label(name) { return this.texts["label_" + name] ?? name; },
    late(item) { return item.status === "open" && item.due_ms < this.now; },
    due(item) {
      const seconds = Math.round((item.due_ms - this.now) / 1000);
      const size = Math.abs(seconds);
      const [unit, length] = size >= 48 * HOUR_S ? ["day", 24 * HOUR_S] : size >= 2 * HOUR_S ? ["hour", HOUR_S] : ["minute", 60];
      const span = new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "short" }).format(Math.max(1, Math.floor(size / length)));
      return this.late(item) ? "⚠ " + this.fill(this.texts.overdue, { span }) : this.fill(this.texts.due, { span });
    },
    moment(ms) { return new Date(ms).toLocaleString(this.language, { dateStyle: "medium", timeStyle: "short" }); },
    priorityLook(priority) { return { urgent: "bad", high: "warn" }[priority]; },
    fateLook(outcome) { return { applied: "good", superseded: "warn", refused: "bad" }[outcome]; },
  },
};
