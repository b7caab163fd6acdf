// Who waits for a person. The list asks again when anything changed anywhere; the clock runs by itself.
import { Icon, act, fill, fullTime, liveMixin, remaining, tickMixin } from 'ys/base.js';

export default {
  components: { YsIcon: Icon },
  mixins: [liveMixin, tickMixin],
  props: { me: Object, topics: Array, cases: Array, departments: Array, labels: Object },
  data() { return { list: this.cases, others: this.departments || [], busy: 0, words: '', asked: false, passing: 0, target: 0 }; },
  mounted() {
    this.topics.forEach((topic) => this.listen(topic, (frame) => { if (frame.k === 'changed') this.refresh(); }));
    this.onConnect(({ first }) => { if (!first) this.refresh(); });
  },
  beforeUnmount() { clearTimeout(this.later); },
  methods: {
    fill, fullTime, remaining,
    refresh() {
      if (this.asked) return;
      this.asked = true;
      this.later = setTimeout(async () => {
        this.asked = false;
        try { const now = await act(this, 'desk.list', {}); this.list = now.cases; this.others = now.departments || []; } catch { /* the next connection asks again */ }
      }, 120);
    },
    late(one) { return one.state === 'waiting' && new Date(one.due_at) <= this.now; },
    /** Where a case can go: to the community and every department, but not where it waits. */
    targets(one) { return [{ id: 0, name: this.labels.community }, ...this.others].filter((to) => to.id !== (one.department_id || 0)); },
    startPass(one) { this.passing = this.passing === one.id ? 0 : one.id; this.target = (this.targets(one)[0] || { id: 0 }).id; },
    movable(one) { return this.targets(one).length && (one.state === 'waiting' || one.worker_id === this.me.id); },
    async run(one, name, more) {
      if (this.busy) return;
      this.busy = one.id;
      this.words = '';
      try {
        const done = await act(this, name, { case_id: one.id, ...more });
        this.passing = 0;
        if (done && done.href) location.assign(done.href);
        else this.refresh();
      } catch (e) {
        this.words = e.words || this.labels.failed;
        this.refresh();
      } finally { this.busy = 0; }
    },
  },
  template: `<div class="ys-cases">
  <p role="alert"><span v-if="words" class="ys-error"><ys-icon name="error"/>{{ words }}</span></p>
  <div v-if="!list.length" class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ labels.none }}</strong><p>{{ labels.none_hint }}</p></div>
  <article v-for="one in list" :key="one.id" class="ys-card ys-case" :data-state="one.state">
    <p class="ys-case-head"><span class="ys-tag" :class="one.state === 'waiting' ? 'ys-tag-amber' : 'ys-tag-green'">{{ labels[one.state] }}</span><span v-if="late(one)" class="ys-tag ys-tag-red">{{ labels.late }}</span><span v-if="one.department" class="ys-tag">{{ fill(labels.at_desk, {department: one.department}) }}</span><span v-if="one.reopened" class="ys-tag ys-tag-amber">{{ labels.reopened }}</span><b>{{ one.asker }}</b>
      <span class="ys-hint">{{ labels.asked }} <time :datetime="one.opened_at">{{ fullTime(one.opened_at, labels.time, now) }}</time><template v-if="one.state === 'waiting' && !late(one)"> · {{ remaining(one.due_at, labels.time, now) }}</template><template v-if="one.worker"> · {{ fill(labels.by, {name: one.worker}) }}</template></span></p>
    <p class="ys-case-words">{{ one.question || labels.no_words }}</p>
    <details v-if="one.talk && one.talk.length" class="ys-case-talk"><summary>{{ fill(labels.talk, {n: one.talk.length}) }}</summary><dl><template v-for="(line, n) in one.talk" :key="n"><dt>{{ labels.asked_words }}{{ line.asked }}</dt><dd>{{ labels.answered_words }}{{ line.answered }}</dd></template></dl></details>
    <div class="ys-ask-acts">
      <button v-if="one.state === 'waiting'" type="button" class="ys-btn ys-btn-main" :disabled="busy === one.id" @click="run(one, 'desk.take')">{{ labels.take }}</button>
      <template v-else-if="one.worker_id === me.id"><a class="ys-btn ys-btn-main" :href="one.href">{{ labels.enter }}</a><button type="button" class="ys-btn" :disabled="busy === one.id" @click="run(one, 'desk.close')">{{ labels.close }}</button><button type="button" class="ys-btn ys-btn-plain" :disabled="busy === one.id" @click="run(one, 'desk.release')">{{ labels.release }}</button></template>
      <button v-if="movable(one)" type="button" class="ys-btn ys-btn-plain" :aria-expanded="passing === one.id ? 'true' : 'false'" @click="startPass(one)">{{ labels.pass }}</button>
    </div>
    <form v-if="passing === one.id" class="ys-case-pass" @submit.prevent="run(one, 'desk.pass', {department_id: target})"><label><span class="ys-label">{{ labels.pass_to }}</span><select v-model.number="target" class="ys-input"><option v-for="to in targets(one)" :key="to.id" :value="to.id">{{ to.name }}</option></select></label><button type="submit" class="ys-btn ys-btn-main" :disabled="busy === one.id">{{ labels.pass_go }}</button></form>
  </article>
</div>`,
};
