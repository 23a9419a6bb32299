// A moment in the reader's own zone and language.
const DAY_MS = 86_400_000;

function written(ms, language, form) {
  const at = new Date(ms);
  if (form === "ago") {
    const seconds = Math.round((ms - Date.now()) / 1000);
    const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
    }
    return relative.format(seconds, "second");
  }
  if (form === "time") return at.toLocaleTimeString(language);
  const isToday = Math.abs(Date.now() - ms) < DAY_MS && at.getDate() === new Date().getDate();
  return isToday
    ? at.toLocaleTimeString(language, { timeStyle: "short" })
    : at.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}

export default {
  template: `<time :datetime="iso" :title="iso">{{ text }}</time>`,
  props: { ms: Number, language: String, form: String },
  data() {
    return { text: "", timer: null };
  },
  computed: {
    iso() {
      return new Date(this.ms).toISOString();
    },
  },
  watch: {
    ms() {
      this.write();
    },
  },
  created() {
    this.write();
  },
  mounted() {
    if (this.form === "ago") this.timer = setInterval(() => this.write(), 5000);
  },
  unmounted() {
    clearInterval(this.timer);
  },
  methods: {
    write() {
      this.text = written(this.ms, this.language, this.form);
    },
  },
};
