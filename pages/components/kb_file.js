import { Icon, fill } from 'ys/base.js';
import { sendFile } from 'ys/send_file.js';

const TAGS = { regression: 'ys-tag-red', worse: 'ys-tag-amber', better: 'ys-tag-green' };

export default {
  components: { YsIcon: Icon },
  props: { places: Array, start: Number, labels: Object },
  data() { return { place: this.start, publish: false, file: null, plan: null, done: false, looked: false, reason: '', busy: '', problem: '', tags: TAGS }; },
  computed: {
    counts() { return ['added', 'changed', 'unchanged'].filter((key) => this.plan.counts[key]).map((key) => fill(this.labels[key], { n: this.plan.counts[key] })); },
    idle() { return !this.plan.changes_total; },
    blocked() { return !!(this.plan.replay && this.plan.replay.blocked); },
    ready() { return !this.busy && (!this.plan.twins_total || this.looked) && (!this.blocked || this.reason.trim().length > 3); },
  },
  methods: {
    fill,
    async send(path, extra) {
      this.problem = '';
      const { data, problem } = await sendFile(path, { place_id: this.place, publish: this.publish, file: this.file, ...extra }, this.labels.failed);
      this.problem = problem;
      return data;
    },
    choose(event) {
      const file = event.target.files[0];
      event.target.value = ''; // the same file may be chosen again once it is mended
      if (file) { this.file = file; this.look(); }
    },
    async look() {
      if (!this.file) return;
      Object.assign(this, { plan: null, done: false, looked: false, reason: '', busy: 'reading' });
      this.plan = await this.send('/api/knowledge/check');
      this.busy = '';
    },
    async take() {
      this.busy = 'importing';
      const found = await this.send('/api/knowledge/import', { digest: this.plan.digest, looked: this.looked, reason: this.blocked ? this.reason : '' });
      if (found) Object.assign(this, { plan: found, done: true });
      this.busy = '';
    },
    what(one) { return one.added ? this.labels.new : fill(this.labels.fields, { names: one.fields.join('、') }); },
    twin(one) { return one.other_line ? fill(this.labels.twin_line, { line: one.other_line, other: one.other }) : fill(this.labels.twin_entry, { other: one.other }); },
  },
  template: `
<div class="ys-kb-file">
<section class="ys-card ys-pad">
  <p>{{ labels.about }}</p>
  <p class="ys-hint">{{ labels.columns }}</p>
  <label class="ys-kb-field">{{ labels.place }}<select v-model.number="place" :disabled="!!busy" @change="look"><option v-for="one in places" :key="one.id" :value="one.id">{{ one.name }}</option></select></label>
  <label class="ys-kb-tick"><input type="checkbox" v-model="publish" :disabled="!!busy" @change="look"><span>{{ labels.publish }}</span></label>
  <div class="ys-ask-acts">
    <label class="ys-btn" :class="{ 'ys-btn-main': !plan }"><input type="file" class="ys-sr" accept=".xlsx,.csv,.jsonl" :disabled="!!busy" @change="choose">{{ file ? labels.again : labels.choose }}</label>
    <a class="ys-btn" href="/export/knowledge-template.xlsx" download>{{ labels.template }}</a>
  </div>
  <p v-if="busy" role="status">{{ labels[busy] }}</p>
  <p v-if="problem" class="ys-error" role="alert"><ys-icon name="error"/>{{ problem }}</p>
  <template v-if="plan">
    <h2>{{ done ? labels.done : labels.plan }} · {{ file.name }}</h2>
    <p role="status">{{ counts.join(' · ') }}</p>
    <p v-if="plan.ignored.length" class="ys-hint">{{ fill(labels.ignored, { names: plan.ignored.join('、') }) }}</p>
    <ul v-if="plan.changes.length" class="ys-kb-rows">
      <li v-for="one in plan.changes" :key="one.line"><div><b>{{ one.question }}</b><small>{{ what(one) }}<template v-if="one.live"> · {{ labels.live }}</template></small></div><small>{{ fill(labels.line, { n: one.line }) }}</small></li>
    </ul>
    <p v-if="plan.changes_total > plan.changes.length" class="ys-hint">{{ fill(labels.more, { n: plan.changes_total - plan.changes.length }) }}</p>
    <template v-if="plan.problems_total">
      <h2>{{ fill(labels.problems, { n: plan.problems_total }) }}</h2>
      <p class="ys-hint">{{ labels.bad }}</p>
      <ul class="ys-kb-rows"><li v-for="(one, i) in plan.problems" :key="i"><div>{{ one.words }}</div><small>{{ fill(labels.line, { n: one.line }) }}</small></li></ul>
      <p v-if="plan.problems_total > plan.problems.length" class="ys-hint">{{ fill(labels.more, { n: plan.problems_total - plan.problems.length }) }}</p>
    </template>
    <template v-if="!done && plan.twins_total">
      <h2>{{ fill(labels.twins, { n: plan.twins_total }) }}</h2>
      <p class="ys-hint">{{ labels.twins_hint }}</p>
      <ul class="ys-kb-rows"><li v-for="(one, i) in plan.twins" :key="i"><div><b>{{ one.question }}</b><small><a v-if="one.entry_id" :href="'/staff/knowledge/' + one.entry_id" target="_blank" rel="noopener">{{ twin(one) }}</a><template v-else>{{ twin(one) }}</template></small></div><small>{{ fill(labels.line, { n: one.line }) }}</small></li></ul>
      <label class="ys-kb-tick"><input type="checkbox" v-model="looked"><span>{{ labels.looked }}</span></label>
    </template>
    <template v-if="!done && plan.replay">
      <h2>{{ fill(labels.replay, { n: plan.replay.asked }) }}</h2>
      <p v-if="!plan.replay.by_meaning" class="ys-hint">{{ labels.replay_words }}</p>
      <p v-else-if="!plan.replay.changes_total" class="ys-hint">{{ labels.replay_none }}</p>
      <ul v-else class="ys-kb-rows">
        <li v-for="one in plan.replay.changes" :key="one.id"><div><b>{{ one.text }}</b><small>{{ labels.before }}{{ one.before }}</small><small>{{ labels.after }}{{ one.after }}</small><small>{{ fill(labels.times, { n: one.times }) }}<template v-if="one.judged"> · {{ one.judged }}</template></small></div><span class="ys-tag" :class="tags[one.verdict]">{{ one.words }}</span></li>
      </ul>
      <template v-if="blocked">
        <p class="ys-error" role="note"><ys-icon name="error"/>{{ fill(labels.replay_blocked, { n: plan.replay.regressions }) }}</p>
        <label class="ys-kb-field">{{ labels.reason }}<input type="text" v-model="reason" maxlength="200"></label>
      </template>
    </template>
    <p v-if="idle && !done">{{ labels.nothing }}</p>
    <button v-if="!idle && !done" type="button" class="ys-btn ys-btn-main" :disabled="!ready" @click="take">{{ blocked ? labels.sign : labels.import }}</button>
  </template>
</section>
<section class="ys-card ys-pad">
  <h2>{{ labels.export }}</h2>
  <p class="ys-hint">{{ labels.export_about }}</p>
  <div class="ys-ask-acts"><a v-for="kind in ['xlsx', 'csv', 'jsonl']" :key="kind" class="ys-btn" :href="'/export/knowledge.' + kind + '?place=' + place" download>{{ kind }}</a></div>
</section>
</div>`,
};
