// Feedback as it comes in. Whatever it says is shown as text: there is no v-html here.
export default {
  template: `
    <div class="live">
      <form class="toolbar" @submit.prevent>
        <label class="field grow">
          <span>{{ texts.filter_text }}</span>
          <input type="search" v-model="needle" autocomplete="off" spellcheck="false" />
        </label>
        <label class="field">
          <span>{{ texts.filter_outcome }}</span>
          <select v-model="outcome">
            <option value="">{{ texts.everything }}</option>
            <option v-for="name in outcomes" :key="name" :value="name">{{ word(name) }}</option>
          </select>
        </label>
        <label class="field">
          <span>{{ texts.filter_category }}</span>
          <select v-model="category">
            <option value="">{{ texts.everything }}</option>
            <option v-for="name in categories" :key="name" :value="name">{{ word(name) }}</option>
          </select>
        </label>
        <button type="button" class="button strong" :aria-pressed="paused" @click="pause">
          {{ paused ? texts.go_on : texts.pause }}
        </button>
        <button type="button" class="button" @click="clear">{{ texts.clear }}</button>
      </form>
      <p class="counts small">
        <span class="chip" :class="paused ? 'warn' : 'good'" role="status">
          {{ paused ? texts.paused : texts.watching }}
        </span>
        <span class="muted">{{ fill(texts.shown, { count: shown.length, most }) }}</span>
        <span v-if="dropped" class="dropped" role="status">{{ fill(texts.dropped, { count: dropped }) }}</span>
      </p>
      <ol class="feed" :aria-label="texts.feed" v-show="shown.length">
        <li v-for="entry in shown" :key="entry.event_id" class="panel entry" :class="entry.outcome">
          <p class="meta">
            <span class="chip" :class="look(entry.outcome)">{{ word(entry.outcome) }}</span>
            <span v-if="entry.category" class="chip">{{ word(entry.category) }}</span>
            <span v-for="reason in entry.reasons" :key="reason" class="chip warn">{{ word(reason) }}</span>
            <span v-if="entry.customer" class="muted small">{{ texts.customer }} {{ entry.customer }}</span>
            <time class="muted small" :datetime="iso(entry)" :title="iso(entry)">{{ time(entry) }}</time>
          </p>
          <p v-if="entry.text" class="said">{{ entry.text }}</p>
          <p v-if="entry.answer" class="answer">
            <span class="muted small">{{ answerLabel(entry) }}</span>
            <span class="said" :lang="entry.outcome === 'dead_letter' ? 'en' : entry.language">{{ entry.answer }}</span>
          </p>
          <p v-else-if="entry.outcome === 'received'" class="muted small">{{ texts.waiting }}</p>
        </li>
      </ol>
      <p v-if="!shown.length" class="empty">{{ entries.length ? texts.nothing_fits : texts.empty }}</p>
    </div>
  `,
  props: {
    texts: Object,
    words: Object,
    language: String,
    most: Number,
    outcomes: Array,
    categories: Array,
  },
  data() {
    return { entries: [], dropped: 0, paused: false, needle: "", outcome: "", category: "" };
  },
  computed: {
    shown() {
      const needle = this.needle.trim().toLocaleLowerCase();
      return this.entries.filter(
        (entry) =>
          (!this.outcome || entry.outcome === this.outcome) &&
          (!this.category || entry.category === this.category) &&
          (!needle ||
            [entry.text, entry.answer, entry.customer].some((text) =>
              text?.toLocaleLowerCase().includes(needle),
            )),
      );
    },
  },
  methods: {
    add(entries, dropped) {
      this.dropped += dropped;
      for (const entry of entries) {
        const at = this.entries.findIndex((one) => one.event_id === entry.event_id);
        if (at < 0) {
          this.entries.unshift(entry);
          continue;
        }
        // Records of several topics come in any order: an event's arrival takes nothing back.
        const known = this.entries[at];
        const told = Object.fromEntries(
          Object.entries(entry).filter(([, value]) => value !== null && value?.length !== 0),
        );
        this.entries[at] =
          entry.outcome === "received" && known.outcome !== "received"
            ? { ...told, ...known, text: known.text ?? entry.text }
            : { ...known, ...told };
      }
      this.entries.splice(this.most);
    },
    clear() {
      this.entries = [];
      this.dropped = 0;
    },
    pause() {
      this.paused = !this.paused;
      this.$emit("pause", this.paused);
    },
    fill(text, values) {
      return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    },
    word(name) {
      return this.words[name] ?? name;
    },
    look(outcome) {
      return { replied: "good", replied_by_human: "good", review: "warn", dead_letter: "bad" }[outcome];
    },
    answerLabel(entry) {
      const labels = { review: this.texts.draft, dead_letter: this.texts.problem };
      return labels[entry.outcome] ?? this.texts.reply;
    },
    iso(entry) {
      return new Date(entry.at_ms).toISOString();
    },
    time(entry) {
      return new Date(entry.at_ms).toLocaleTimeString(this.language);
    },
  },
};
