// The 服务 tab. What is typed stays until it was sent, and goes out once however often the button is pressed.
import { Icon, act, fill } from 'ys/base.js';

const DRAFT = 'services.ask';

export default {
  components: { YsIcon: Icon },
  props: { place: String, top: Array, examples: Array, labels: Object },
  data() { return { text: '', busy: false, words: '' }; },
  mounted() { this.text = (window.YS && YS.draft && YS.draft.get(DRAFT)) || ''; },
  methods: {
    fill,
    keep() { if (window.YS && YS.draft) YS.draft.set(DRAFT, this.text); },
    keys(event) {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send(this.text, true);
      }
    },
    async send(text, own) {
      if (this.busy || !text.trim()) { if (own) this.$refs.box.focus(); return; }
      this.busy = true;
      this.words = '';
      try {
        const { href } = await act(this, 'services.ask', { text });
        if (own && window.YS && YS.draft) YS.draft.clear(DRAFT);
        location.assign(href);
      } catch (e) {
        this.words = e.words || this.labels.failed;
        this.busy = false;
      }
    },
  },
  template: `<div class="ys-services">
  <form class="ys-card ys-ask" @submit.prevent="send(text, true)">
    <div class="ys-ask-head"><img src="/static/img/xiaoqi.svg" alt="" width="56" height="56"><div><h2>{{ labels.hello }}</h2><p>{{ labels.about }}</p></div></div>
    <label class="ys-label" for="ys-ask">{{ labels.ask }}</label>
    <textarea id="ys-ask" ref="box" v-model="text" class="ys-input" rows="2" maxlength="2000" enterkeyhint="send" :placeholder="labels.hint" :aria-invalid="words ? 'true' : 'false'" aria-describedby="ys-ask-words" @input="keep" @keydown="keys"></textarea>
    <p id="ys-ask-words" role="alert"><span v-if="words" class="ys-error"><ys-icon name="error"/>{{ words }}</span></p>
    <div class="ys-ask-acts"><button type="submit" class="ys-btn ys-btn-main" :disabled="busy"><ys-icon name="send"/>{{ busy ? labels.sending : labels.send }}</button><a class="ys-btn ys-btn-plain" href="/assistant">{{ labels.chat }}</a></div>
  </form>
  <section v-if="top.length" :aria-label="fill(labels.top, {place})"><h2>{{ place ? fill(labels.top, {place}) : labels.top_here }}</h2>
    <ol class="ys-card ys-asked"><li v-for="q in top" :key="q.question"><button type="button" :disabled="busy" @click="send(q.question, false)"><span>{{ q.question }}</span><small>{{ fill(labels.askers, {n: q.askers}) }}</small></button></li></ol></section>
  <section v-else-if="examples.length" :aria-label="labels.examples"><h2>{{ labels.examples }}</h2>
    <ul class="ys-card ys-asked"><li v-for="q in examples" :key="q"><button type="button" :disabled="busy" @click="send(q, false)"><span>{{ q }}</span></button></li></ul></section>
  <section :aria-label="labels.also"><h2>{{ labels.also }}</h2>
    <ul class="ys-card ys-asked">
      <li><a href="/emergency"><ys-icon name="campaign"/><span>{{ labels.emergency }}<small>{{ labels.emergency_hint }}</small></span></a></li>
      <li><a href="/deliberate"><ys-icon name="how_to_vote"/><span>{{ labels.deliberate }}<small>{{ labels.deliberate_hint }}</small></span></a></li>
    </ul></section>
</div>`,
};
