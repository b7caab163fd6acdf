// Forms: label above, the right keyboard, the error beside its field, answers that survive a reload.
import { Icon } from 'ys/base.js';

let count = 0;

export const Field = {
  name: 'YsField',
  components: { YsIcon: Icon },
  inheritAttrs: false,
  props: { modelValue: { type: String, default: '' }, label: String, hint: String, error: String, rows: Number },
  emits: ['update:modelValue'],
  data() { count += 1; return { id: `ys-field-${count}` }; },
  computed: {
    described() { return [this.error && `${this.id}-e`, this.hint && `${this.id}-h`].filter(Boolean).join(' ') || null; },
  },
  methods: { focus() { this.$refs.input.focus(); } },
  template: `<div class="ys-field"><label class="ys-label" :for="id">{{ label }}</label><div class="ys-field-row">
    <textarea v-if="rows" ref="input" :id="id" class="ys-input" :rows="rows" v-bind="$attrs" :value="modelValue" :aria-invalid="error ? 'true' : null" :aria-describedby="described" @input="$emit('update:modelValue', $event.target.value)"></textarea>
    <input v-else ref="input" :id="id" class="ys-input" v-bind="$attrs" :value="modelValue" :aria-invalid="error ? 'true' : null" :aria-describedby="described" @input="$emit('update:modelValue', $event.target.value)"><slot></slot></div>
    <p v-if="error" :id="id + '-e'" class="ys-error" role="alert"><ys-icon name="error"/>{{ error }}</p><p v-if="hint" :id="id + '-h'" class="ys-hint">{{ hint }}</p></div>`,
};

export const Toggle = {
  name: 'YsToggle',
  components: { YsIcon: Icon },
  props: { modelValue: Boolean, label: String, hint: String, icon: String },
  emits: ['update:modelValue'],
  template: `<button type="button" role="switch" class="ys-switch" :aria-checked="modelValue ? 'true' : 'false'" @click="$emit('update:modelValue', !modelValue)"><ys-icon v-if="icon" :name="icon"/><span>{{ label }}<small v-if="hint">{{ hint }}</small></span><i aria-hidden="true"></i></button>`,
};

/** Errors by field, one send at a time, and `kept` fields that come back after a reload (never codes or passwords). */
export const formMixin = {
  data() { return { errors: {}, problem: '', busy: '' }; },
  created() {
    if (!this.$options.kept) return;
    let found = null;
    try { found = JSON.parse(sessionStorage.getItem(this.$options.keptAs)); } catch (e) { found = null; }
    if (found) this.$options.kept.forEach((name) => { if (found[name] && !this[name]) this[name] = found[name]; });
    this.$options.kept.forEach((name) => this.$watch(name, this.keep));
  },
  methods: {
    keep() {
      const answers = Object.fromEntries(this.$options.kept.map((name) => [name, this[name]]));
      try { sessionStorage.setItem(this.$options.keptAs, JSON.stringify(answers)); } catch (e) { /* nothing to keep it in */ }
    },
    forget() { try { sessionStorage.removeItem(this.$options.keptAs); } catch (e) { /* nothing was kept */ } },
    fails(field, words) {
      this.errors = { ...this.errors, [field]: words };
      this.$nextTick(() => { const ref = this.$refs[field]; if (ref && ref.focus) ref.focus(); });
      return false;
    },
    clean(field) { if (this.errors[field]) this.errors = { ...this.errors, [field]: '' }; },
    /** Send; a refusal goes beside its field, or above the button. Resolves to null when refused. */
    async ask(busy, name, args, fields) {
      if (this.busy) return null;
      Object.assign(this, { busy, problem: '', errors: {} });
      try {
        return (await YS.act(this, name, args)) || {};
      } catch (e) {
        if (e.field && (fields || []).includes(e.field)) this.fails(e.field, e.words);
        else this.problem = e.words || this.labels.failed;
        return null;
      } finally {
        this.busy = '';
      }
    },
    go(href) { window.location.assign(href); },
  },
};

/** Eleven digits as a Chinese mobile number has them; spaces and +86 are forgiven. */
export const phoneDigits = (text) => String(text).replace(/[\s-]/g, '').replace(/^(\+?86)(?=1\d{10}$)/, '');
export const isPhone = (text) => /^1\d{10}$/.test(phoneDigits(text)); // what is a number in use, the server knows
