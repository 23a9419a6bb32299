// A file to be sent, with a native file field: keyboards and screen readers know it.
export default {
  template: `
    <div class="file">
      <label class="button strong" :class="{ disabled: disable }">
        <span>{{ label }}</span>
        <input type="file" class="visually-hidden" :accept="accept" :disabled="disable" @change="send" />
      </label>
      <span class="muted">{{ name }}</span>
    </div>
  `,
  props: { url: String, label: String, accept: String, maxFileSize: Number, disable: Boolean },
  data() {
    return { name: "" };
  },
  methods: {
    async send(event) {
      const [file] = event.target.files;
      // So that the same file can be chosen again.
      event.target.value = "";
      if (!file) return;
      this.name = file.name;
      if (file.size > this.maxFileSize) return this.$emit("refused", "size");
      if (!this.accept.split(",").some((end) => file.name.toLowerCase().endsWith(end))) {
        return this.$emit("refused", "kind");
      }
      const form = new FormData();
      form.append("file", file);
      const answer = await fetch((window.path_prefix || "") + this.url, { method: "POST", body: form });
      if (!answer.ok) this.$emit("refused", "answer");
    },
  },
};
