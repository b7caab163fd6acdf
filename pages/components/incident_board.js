import { Icon, act, fullTime, liveMixin, tickMixin } from 'ys/base.js';
import { CallView } from 'ys/call_view.js';

const IncidentHead = {
  name: 'YsIncidentHead',
  components: { YsIcon: Icon },
  props: { one: Object, labels: Object, now: Number, heading: String },
  methods: { fullTime },
  template: `
<div class="ys-level" :data-level="one.level"><ys-icon name="warning"/><b>{{ one.level_word }}</b><component :is="heading" class="ys-incident-title">{{ one.title }}</component></div>
<p class="ys-incident-line"><ys-icon name="place"/><span>{{ one.place }}</span><span class="ys-incident-time">{{ labels.opened }} <time :datetime="one.opened_at">{{ fullTime(one.opened_at, labels.time, now) }}</time></span><span v-if="one.closed" class="ys-tag ys-tag-green">{{ labels.over }}</span></p>`,
};

export default {
  components: { YsIcon: Icon, CallView, IncidentHead },
  mixins: [liveMixin, tickMixin],
  props: { me: Object, topics: Array, calls: Array, incidents: Array, incident: Object, timeline: Array, base: String, callBase: String, labels: Object },
  provide() { return { act: (name, args) => act(this, name, args), meId: this.me ? this.me.id : 0 }; },
  data() { return { list: this.incidents, open: this.calls, one: this.incident, lines: this.timeline, asked: false }; },
  computed: { shown() { return this.open.map((call) => ({ ...call, href: `${this.callBase}/${call.id}` })); } },
  mounted() {
    (this.topics || []).forEach((topic) => this.listen(topic, (frame) => {
      if (['changed', 'incident', 'call'].includes(frame.k)) this.refresh();
    }));
    this.heard = new Set();
    this.hear();
    this.onConnect(({ first }) => { if (!first) this.refresh(); });
  },
  beforeUnmount() { clearTimeout(this.later); },
  methods: {
    fullTime,
    // A call shows its own news; one that is closed leaves the list.
    hear() {
      this.open.filter((call) => !this.heard.has(call.id)).forEach((call) => {
        this.heard.add(call.id);
        this.listen(`call:${call.id}`, (frame) => { if (frame.k === 'call' && frame.call.state !== 'open') this.refresh(); });
      });
    },
    // Several frames in a row (an incident and its first call) become one question.
    refresh() {
      if (this.asked) return;
      this.asked = true;
      this.later = setTimeout(() => this.ask(), 150);
    },
    async ask() {
      this.asked = false;
      try {
        const data = this.one ? await act(this, 'emergency.incident', { incident_id: this.one.id }) : await act(this, 'emergency.board', {});
        if ('incidents' in data) this.list = data.incidents;
        if ('incident' in data) this.one = data.incident;
        if ('timeline' in data) this.lines = data.timeline;
        this.open = data.calls;
        this.hear();
      } catch { /* what is shown stays; the next connection asks again */ }
    },
    line(id) { return (this.lines || []).find((one) => one.id === id); },
  },
  template: `
<div class="ys-emergency" :class="{'is-drill': one && one.drill}">
  <template v-if="one">
    <article class="ys-card ys-page-card is-flush"><incident-head :one="one" :labels="labels" :now="now" heading="h2"/>
      <h3 class="ys-incident-part">{{ labels.timeline }}</h3>
      <ol class="ys-timeline" aria-live="polite">
        <li v-for="l in lines" :key="l.id" :data-kind="l.kind"><p class="ys-timeline-head"><time :datetime="l.at">{{ fullTime(l.at, labels.time, now) }}</time><span class="ys-tag" :class="{verified: 'ys-tag-green', refuted: 'ys-tag-amber', opened: 'ys-tag-red', level: 'ys-tag-red'}[l.kind] || ''">{{ l.word }}<template v-if="l.level_word"> · {{ l.level_word }}</template></span></p>
          <blockquote v-if="l.corrects && line(l.corrects)">{{ labels.corrects }}{{ line(l.corrects).text }}</blockquote>
          <p v-if="l.text" class="ys-timeline-text">{{ l.text }}</p><p v-if="l.by" class="ys-hint">{{ labels.by }}{{ l.by }}</p></li>
      </ol>
    </article>
  </template>
  <section v-else-if="list.length" :aria-label="labels.incidents"><h2 class="ys-incident-part">{{ labels.incidents }}</h2>
    <a v-for="i in list" :key="i.id" class="ys-card ys-page-card is-flush ys-incident" :href="base + '/' + i.id"><incident-head :one="i" :labels="labels" :now="now" heading="strong"/></a></section>
  <div v-else-if="!open.length" class="ys-empty"><img src="/static/img/xiaoqi.svg" alt=""><strong>{{ labels.none }}</strong><p>{{ labels.none_hint }}</p></div>
  <section v-if="open.length" :aria-label="labels.calls"><h2 class="ys-incident-part">{{ labels.calls }}</h2>
    <div v-for="c in shown" :key="c.id" class="ys-card ys-page-card is-flush"><call-view :call="c" compact :labels="labels.call"/></div></section>
  <p v-else-if="one && !one.closed" class="ys-hint">{{ labels.no_calls }}</p>
</div>`,
};
