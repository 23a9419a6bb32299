// The form for one piece of feedback. What is wrong with a field stands beside it.
export default {
  template: `
    <form class="form" @submit.prevent="submit" novalidate>
      <label class="field">
        <span>{{ texts.text }}</span>
        <textarea v-model="values.text" required maxlength="50000" v-bind="described('text')"
          @keydown.ctrl.enter="submit" @keydown.meta.enter="submit"></textarea>
        <span class="hint" :id="id + '-text'">{{ texts.text_hint }}</span>
        <span v-if="errors.text" class="wrong" role="alert">{{ errors.text }}</span>
      </label>
      <div class="columns">
        <label v-for="name in ['customer_id', 'channel', 'product', 'language']" :key="name" class="field">
          <span>{{ texts[name] }} <span class="hint">({{ texts.optional }})</span></span>
          <input v-model="values[name]" autocomplete="off" v-bind="described(name)" />
          <span v-if="name === 'language'" class="hint" :id="id + '-language'">{{ texts.language_hint }}</span>
          <span v-if="errors[name]" class="wrong" role="alert">{{ errors[name] }}</span>
        </label>
        <label class="field">
          <span>{{ texts.rating }} <span class="hint">({{ texts.optional }})</span></span>
          <select v-model="values.rating" v-bind="described('rating')">
            <option value="">{{ texts.rating_none }}</option>
            <option v-for="stars in 5" :key="stars" :value="stars">{{ "★".repeat(stars) }} {{ stars }}</option>
          </select>
          <span v-if="errors.rating" class="wrong" role="alert">{{ errors.rating }}</span>
        </label>
      </div>
      <p><button type="submit" class="button strong" :disabled="busy">
        {{ busy ? texts.publishing : texts.publish }}
      </button></p>
    </form>
  `,
  props: { texts: Object, errors: Object, busy: Boolean, id: String },
  data() {
    return { values: this.empty() };
  },
  methods: {
    empty() {
      return { text: "", customer_id: "", channel: "", product: "", language: "", rating: "" };
    },
    described(name) {
      const described = { text: true, language: true }[name];
      return {
        "aria-invalid": this.errors[name] ? "true" : undefined,
        "aria-describedby": described ? `${this.id}-${name}` : undefined,
      };
    },
    submit() {
      if (!this.busy) this.$emit("publish", { ...this.values });
    },
    // The text alone: who publishes one after the other keeps channel and product.
    clear() {
      this.values.text = "";
    },
  },
};
