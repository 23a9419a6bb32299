// Dead letters: looked at, mended and sent back. Whatever bytes they hold are shown as text: there
// is no v-html here.
export default {
  template: `
    <div class="desk" :class="{ opened: showsItem }">
      <form class="toolbar" @submit.prevent :aria-label="texts.filters">
        <label class="field">
          <span>{{ texts.filter_reason }}</span>
          <select v-model="reason" @change="filter">
            <option value="">{{ texts.everything }}</option>
            <option v-for="value in reasons" :key="value" :value="value">{{ word(value) }}</option>
          </select>
        </label>
        <label class="field">
          <span>{{ texts.filter_state }}</span>
          <select v-model="state" @change="filter">
            <option value="open">{{ word("open") }}</option>
            <option value="redriven">{{ word("redriven") }}</option>
            <option value="">{{ texts.everything }}</option>
          </select>
        </label>
        <label class="field grow">
          <span>{{ texts.filter_text }}</span>
          <input type="search" v-model="text" :maxlength="mostText" :placeholder="texts.hint_text" autocomplete="off"
                 spellcheck="false" @change="search" @search="search" />
        </label>
      </form>
      <div v-if="mayOperate && open.length" class="acts">
        <label class="check">
          <input type="checkbox" :checked="all" :indeterminate.prop="picked.length > 0 && !all" @change="pickAll" />
          {{ texts.pick_all }}
        </label>
        <button v-if="picked.length && !asks" type="button" class="button" :disabled="pending" @click="ask('many')">
          {{ fill(texts.redrive_many, { count: picked.length }) }}
        </button>
      </div>
      <div v-if="asks === 'many'" class="panel confirm" role="alertdialog" :aria-label="question" @keydown.esc.prevent="asks = ''">
        <p>{{ question }}</p>
        <p class="acts">
          <button type="button" ref="confirm" class="button strong" :disabled="pending" @click="sendMany">{{ texts.confirm }}</button>
          <button type="button" class="button" @click="asks = ''">{{ texts.cancel }}</button>
        </p>
      </div>
      <div v-if="fates.length" class="panel" role="status">
        <ul class="history">
          <li v-for="fate in fates" :key="fate.id" class="meta">
            <span class="chip" :class="fate.status === 'redriven' ? 'good' : 'bad'">{{ word(fate.status) }}</span>
            <span>{{ fate.id }}</span>
            <span v-if="fate.event_id" class="muted small">{{ texts.event }} {{ fate.event_id }}</span>
            <span v-if="fate.detail" class="small">{{ fate.detail }}</span>
          </li>
        </ul>
        <p><button type="button" class="button" @click="fates = []">{{ texts.dismiss }}</button></p>
      </div>
      <div class="desk-parts">
        <section class="queue" :aria-label="texts.list">
          <p class="small muted">{{ fill(texts.shown, { count: items.length }) }}</p>
          <ul v-if="items.length" class="queue-list letters" :aria-label="texts.list">
            <li v-for="letter in items" :key="letter.id" :class="{ chosen: letter.id === selected }">
              <input v-if="mayOperate && letter.state === 'open'" type="checkbox" :value="letter.id" v-model="picked"
                     :disabled="letter.omitted" :aria-label="fill(texts.pick, { id: letter.id })" />
              <button type="button" class="letter" :aria-current="letter.id === selected ? 'true' : null" @click="choose(letter.id)">
                <span class="meta">
                  <span class="chip bad">{{ word(letter.fault) }}</span>
                  <span v-if="letter.state !== 'open'" class="chip">{{ word(letter.state) }}</span>
                  <span v-if="letter.redrive_count" class="chip warn">↻ {{ letter.redrive_count }}</span>
                </span>
                <span class="snippet">{{ letter.message }}</span>
                <span class="small muted">{{ letter.id }} · {{ moment(letter.published_ms) }}</span>
              </button>
            </li>
          </ul>
          <p v-else class="empty">{{ loaded ? (reason || state !== "open" || sought ? texts.nothing_fits : texts.empty) : texts.loading }}</p>
          <p v-if="searchedBackMs !== null" class="small muted" role="note">
            {{ fill(texts.searched_back, { moment: moment(searchedBackMs) }) }}
          </p>
          <button v-if="more" type="button" class="button" @click="$emit('more')">{{ texts.more }}</button>
        </section>
        <article v-if="item" ref="item" class="item" tabindex="-1" :aria-label="fill(texts.item, { id: item.id })">
          <p class="meta">
            <button type="button" class="button back" @click="showsItem = false">← {{ texts.back }}</button>
            <span class="chip bad">{{ word(item.fault) }}</span>
            <span class="chip">{{ word(item.state) }}</span>
            <span class="chip" :class="{ warn: item.redrive_count }">{{ fill(texts.loops, { count: item.redrive_count }) }}</span>
          </p>
          <section class="panel">
            <h2>{{ texts.error }}</h2>
            <p class="said">{{ item.message }}</p>
            <dl class="facts small">
              <template v-for="[name, value] in item.facts" :key="name"><dt>{{ texts["label_" + name] }}</dt><dd>{{ value }}</dd></template>
              <dt>{{ texts.label_published }}</dt><dd>{{ moment(item.published_ms) }}</dd>
              <template v-if="item.redriven_ms">
                <dt>{{ word("redriven") }}</dt><dd>{{ moment(item.redriven_ms) }} · {{ item.redriven_by }}</dd>
              </template>
            </dl>
          </section>
          <section class="panel">
            <h2>{{ texts.value }}</h2>
            <p v-if="item.omitted" class="notice">{{ texts.omitted }}</p>
            <template v-else-if="item.value">
              <p class="small muted">{{ fill(texts.size, { count: item.value.size }) }}</p>
              <div role="group" :aria-label="texts.form" class="acts">
                <button v-for="form in ['text', 'hex']" :key="form" type="button" class="button" :class="{ strong: shown === form }"
                        :aria-pressed="shown === form" @click="shown = form">{{ texts[form] }}</button>
              </div>
              <pre v-if="shown === 'hex'" class="bytes dump" tabindex="0" :aria-label="texts.hex">{{ item.value.hex }}</pre>
              <pre v-else-if="item.value.text !== null" class="bytes" tabindex="0" :aria-label="texts.text">{{ item.value.text }}</pre>
              <p v-else class="muted">{{ texts.no_text }}</p>
              <p v-if="shown === 'hex' && item.value.cut" class="small muted">{{ texts.cut }}</p>
            </template>
            <p v-else class="muted">{{ texts.no_value }}</p>
          </section>
          <form v-if="mayOperate && item.state === 'open'" class="panel" @submit.prevent="ask('one')">
            <h2>{{ texts.repair }}</h2>
            <p v-if="!item.editable" class="muted">{{ texts.too_long }}</p>
            <label v-else class="field">
              <span>{{ texts.mended }}</span>
              <textarea v-model="mended" rows="8" spellcheck="false" class="code"></textarea>
              <span class="hint">{{ changed ? texts.changed : texts.unchanged }}</span>
            </label>
            <p v-if="problem" class="wrong" role="alert">{{ problem }}</p>
            <div v-if="asks === 'one'" class="confirm-line" role="alertdialog" :aria-label="question" @keydown.esc.prevent="asks = ''">
              <p>{{ question }}</p>
              <p class="acts">
                <button type="button" ref="confirm" class="button strong" :disabled="pending" @click="sendOne">{{ texts.confirm }}</button>
                <button type="button" class="button" @click="asks = ''">{{ texts.cancel }}</button>
              </p>
            </div>
            <p v-else class="acts">
              <button type="submit" class="button strong" :disabled="pending || (item.omitted && !changed)">
                {{ changed ? texts.redrive_mended : texts.redrive }}
              </button>
              <button v-if="changed" type="button" class="button" @click="mended = item.value?.text ?? ''">{{ texts.undo }}</button>
            </p>
          </form>
          <p v-else-if="!mayOperate" class="muted">{{ texts.may_not }}</p>
          <section class="panel">
            <h2>{{ texts.key }}</h2>
            <p v-if="item.key === null" class="muted">{{ texts.no_key }}</p>
            <dl v-else class="facts small">
              <dt>{{ texts.text }}</dt><dd>{{ item.key.text ?? texts.no_text }}</dd>
              <template v-if="item.key.hex"><dt>{{ texts.hex }}</dt><dd class="code">{{ item.key.hex }}</dd></template>
            </dl>
          </section>
          <section class="panel">
            <h2>{{ texts.headers }}</h2>
            <div class="scroll" tabindex="0" role="region" :aria-label="texts.headers">
              <table v-if="item.headers.length" class="grid">
                <thead><tr><th scope="col">{{ texts.name }}</th><th scope="col">{{ texts.text }}</th><th scope="col">{{ texts.hex }}</th></tr></thead>
                <tbody><tr v-for="(header, number) in item.headers" :key="number">
                  <td>{{ header.name }}</td><td class="said">{{ header.text ?? "–" }}</td><td class="code hexes">{{ header.hex ?? "–" }}</td>
                </tr></tbody>
              </table>
              <p v-else class="muted">{{ texts.no_headers }}</p>
            </div>
          </section>
        </article>
        <p v-else class="empty item">{{ items.length ? texts.choose : "" }}</p>
      </div>
    </div>
  `,
  props: { texts: Object, words: Object, language: String, reasons: Array, mayOperate: Boolean, most: Number, mostText: Number },
  data() {
    return {
      items: [], more: false, loaded: false, reason: "", state: "open", text: "", sought: "",
      searchedBackMs: null, picked: [], selected: "", item: null,
      showsItem: false, shown: "text", mended: "", asks: "", pending: false, problem: "", fates: [],
    };
  },
  computed: {
    open() { return this.items.filter((one) => one.state === "open" && !one.omitted); },
    all() { return this.picked.length > 0 && this.picked.length === Math.min(this.most, this.open.length); },
    changed() { return this.item !== null && this.item.editable && this.mended !== (this.item.value?.text ?? ""); },
    question() {
      if (this.asks === "many") return this.fill(this.texts.question_many, { count: this.picked.length });
      return this.changed ? this.texts.question_mended : this.texts.question;
    },
  },
  methods: {
    // Called by the server.
    list(items, more, searchedBackMs) {
      this.items = items;
      this.more = more;
      this.searchedBackMs = searchedBackMs;
      this.loaded = true;
      const known = new Set(this.open.map((one) => one.id));
      this.picked = this.picked.filter((id) => known.has(id));
      if (!this.selected && items.length) this.look(items[0].id);
    },
    opened(item) {
      if (item.id !== this.selected) return;
      if (this.item?.id !== item.id) {
        this.mended = item.value?.text ?? "";
        this.shown = item.value?.text === null ? "hex" : "text";
        this.problem = "";
        this.$nextTick(() => {
          if (!this.showsItem) return;
          this.$refs.item?.focus({ preventScroll: true });
          // On a telephone the item takes the list's place.
          if (innerWidth <= 760) scrollTo({ top: 0 });
        });
      }
      this.item = item;
    },
    sent(fates) {
      this.pending = false;
      this.asks = "";
      this.problem = "";
      this.fates = fates;
      this.picked = [];
    },
    refused(problem) {
      this.pending = false;
      this.asks = "";
      this.problem = problem;
    },
    // What the reader does.
    choose(id) {
      this.showsItem = true;
      this.look(id);
    },
    look(id) {
      this.selected = id;
      this.asks = "";
      this.$emit("open", id);
    },
    // The key Enter is a change and a search, the cross in the field is a search alone.
    search() {
      if (this.text.trim() !== this.sought) this.filter();
    },
    filter() {
      this.sought = this.text.trim();
      this.items = [];
      this.more = false;
      this.searchedBackMs = null;
      this.loaded = false;
      this.picked = [];
      this.item = null;
      this.selected = "";
      this.showsItem = false;
      this.$emit("filter", { reason: this.reason, state: this.state, text: this.sought });
    },
    pickAll(event) {
      this.picked = event.target.checked ? this.open.slice(0, this.most).map((one) => one.id) : [];
    },
    ask(what) {
      if (this.pending) return;
      this.asks = what;
      this.$nextTick(() => this.$refs.confirm?.focus());
    },
    sendMany() {
      this.pending = true;
      this.$emit("redrive_many", [...this.picked]);
    },
    sendOne() {
      this.pending = true;
      this.$emit("redrive", { id: this.item.id, value: this.changed ? this.mended : null });
    },
    // How it is written.
    fill(text, values) { return text.replace(/\{(\w+)\}/g, (_, name) => values[name]); },
    word(name) { return this.words[name] ?? name; },
    moment(ms) { return new Date(ms).toLocaleString(this.language, { dateStyle: "medium", timeStyle: "medium" }); },
  },
};
