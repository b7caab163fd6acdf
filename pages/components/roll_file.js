import { Icon, fill } from 'ys/base.js';
import { sendFile } from 'ys/send_file.js';

export default {
  components: { YsIcon: Icon },
  props: { place: Number, labels: Object },
  data: () => ({ file: null, plan: null, done: false, busy: '', problem: '' }),
  computed: {
    counts() { return ['added', 'changed', 'unchanged', 'waiting', 'people'].filter((key) => this.plan.counts[key]).map((key) => fill(this.labels[key], { n: this.plan.counts[key] })); },
    idle() { return !this.plan.changes_total && !this.plan.counts.people; },
  },
  methods: {
    fill,
    async send(path, extra) {
      this.problem = '';
      const { data, problem } = await sendFile(path, { place_id: this.place, file: this.file, ...extra }, this.labels.failed);
      this.problem = problem;
      return data;
    },
    async choose(event) {
      const file = event.target.files[0];
      event.target.value = ''; // the same file may be chosen again once it is mended
      if (!file) return;
      Object.assign(this, { file, plan: null, done: false, busy: 'reading' });
      this.plan = await this.send('/api/rolls/check');
      this.busy = '';
    },
    async take() {
      this.busy = 'importing';
      const found = await this.send('/api/rolls/import', { digest: this.plan.digest });
      if (found) Object.assign(this, { plan: found, done: true });
      this.busy = '';
    },
  },
  template: `
<section class="ys-card ys-pad ys-roll-file">
  <p>{{ labels.about }}</p>
  <p class="ys-hint">{{ labels.columns }}</p>
  <p class="ys-hint">{{ labels.names }}</p>
  <div class="ys-acts">
    <label class="ys-btn" :class="{ 'ys-btn-main': !plan }"><input ref="input" type="file" class="ys-sr" accept=".xlsx,.csv" :disabled="!!busy" @change="choose">{{ file ? labels.again : labels.choose }}</label>
    <a class="ys-btn" href="/export/roll-template.xlsx" download>{{ labels.template }}</a>
  </div>
  <p v-if="busy" role="status">{{ labels[busy] }}</p>
  <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
  <template v-if="plan">
    <h3>{{ done ? labels.done : labels.plan }} · {{ file.name }}</h3>
    <p role="status">{{ counts.join(' · ') }}</p>
    <p v-if="plan.ignored.length" class="ys-hint">{{ fill(labels.ignored, { names: plan.ignored.join('、') }) }}</p>
    <p v-if="!done && plan.confirms" class="ys-warn" role="note"><ys-icon name="error"/>{{ fill(labels.rights, { n: plan.confirms }) }}</p>
    <ul v-if="plan.changes.length" class="ys-lines">
      <li v-for="(one, i) in plan.changes" :key="i"><div class="ys-lines-what">{{ one.label }}<small>{{ one.what }} · {{ one.detail }}</small></div><small>{{ fill(labels.line, { n: one.line }) }}</small></li>
    </ul>
    <p v-if="plan.changes_total > plan.changes.length" class="ys-hint">{{ fill(labels.more, { n: plan.changes_total - plan.changes.length }) }}</p>
    <template v-if="plan.counts.problems">
      <h3>{{ fill(labels.problems, { n: plan.counts.problems }) }}</h3>
      <p class="ys-hint">{{ labels.bad }}</p>
      <ul class="ys-lines"><li v-for="(one, i) in plan.problems" :key="i"><div class="ys-lines-what">{{ one.words }}</div><small>{{ fill(labels.line, { n: one.line }) }}</small></li></ul>
      <p v-if="plan.counts.problems > plan.problems.length" class="ys-hint">{{ fill(labels.more, { n: plan.counts.problems - plan.problems.length }) }}</p>
    </template>
    <p v-if="idle && !done">{{ labels.nothing }}</p>
    <button v-if="!idle && !done" type="button" class="ys-btn ys-btn-main" :disabled="!!busy" @click="take">{{ labels.import }}</button>
  </template>
</section>`,
};
