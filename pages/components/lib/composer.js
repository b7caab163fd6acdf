// Where one writes: text that is kept whatever happens, @ picker, quote, picture, tools.
import { Avatar, Icon, fill } from 'ys/base.js';

const EDGE = 2048; // px; larger pictures are made smaller before they cross a slow line
const AT = /@([^\s@]{0,12})$/;

/** Shrink a photo in the browser; whatever cannot be read is sent as it is and judged by the server. */
export async function shrink(file) {
  if (!window.createImageBitmap || file.type === 'image/gif') return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size < 1.2e6) return Object.assign(file, { ysSize: [bitmap.width, bitmap.height] });
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
    return blob ? Object.assign(blob, { ysSize: [canvas.width, canvas.height] }) : file;
  } catch (e) {
    return file;
  }
}

export const Composer = {
  name: 'YsComposer',
  components: { YsAvatar: Avatar, YsIcon: Icon },
  props: { room: Object, labels: Object, draftKey: String, quote: Object },
  inject: ['act'],
  emits: ['send', 'pictures', 'files', 'unquote', 'tool', 'notice'],
  data() {
    return { text: '', mentions: [], people: null, chosen: 0, panel: false, asking: '' };
  },
  created() {
    const kept = window.YS && YS.draft ? YS.draft.get(this.draftKey) : null;
    if (kept) {
      this.text = typeof kept === 'string' ? kept : kept.body || '';
      this.mentions = (kept && kept.mentions) || [];
    }
  },
  mounted() { if (this.text) this.grow(); },
  beforeUnmount() { clearTimeout(this.lookTimer); },
  watch: {
    text() {
      this.keep();
      this.$nextTick(this.grow);
    },
  },
  methods: {
    fill,
    keep() {
      if (!window.YS || !YS.draft) return;
      if (this.text.trim()) YS.draft.set(this.draftKey, { body: this.text, mentions: this.mentions });
      else YS.draft.clear(this.draftKey);
    },
    grow() {
      const box = this.$refs.text;
      if (!box) return;
      // Measured without letting go of the room it takes: the log above must not move for it.
      this.$el.style.minHeight = `${this.$el.offsetHeight}px`;
      box.style.height = 'auto';
      box.style.height = `${Math.min(box.scrollHeight + 2, window.innerHeight * 0.32)}px`;
      this.$el.style.minHeight = '';
    },
    /** Put text here from outside (re-edit, @ by a tap on a face). */
    write(text, mentions) {
      this.text = text;
      if (mentions) this.mentions = mentions;
      this.focus();
    },
    mention(person) {
      const gap = this.text && !/\s$/.test(this.text) ? ' ' : '';
      this.text += `${gap}@${person.name} `;
      this.mentions.push({ id: person.id, name: person.name });
      this.focus();
    },
    focus() {
      this.$nextTick(() => {
        const box = this.$refs.text;
        if (!box) return;
        box.focus({ preventScroll: true });
        box.setSelectionRange(box.value.length, box.value.length);
      });
    },
    send() {
      const body = this.text.trim();
      if (!body) return;
      const mentions = this.mentions.filter((p) => body.includes(`@${p.name}`));
      this.$emit('send', { body, mentions });
      this.text = '';
      this.mentions = [];
      this.people = null;
      if (window.YS && YS.draft) YS.draft.clear(this.draftKey);
      this.$refs.text.focus({ preventScroll: true });
    },
    input() {
      const box = this.$refs.text;
      const found = AT.exec(box.value.slice(0, box.selectionStart));
      clearTimeout(this.lookTimer);
      if (!found || this.room.kind === 'assistant') {
        this.people = null;
        return;
      }
      this.asking = found[1];
      this.lookTimer = setTimeout(() => this.look(found[1]), found[1] ? 120 : 0);
    },
    async look(q) {
      try {
        const found = await this.act('members', { q, limit: 8, bot: true });
        if (q !== this.asking) return;
        this.people = found.members || [];
        this.chosen = 0;
      } catch (e) {
        this.people = null;
      }
    },
    take(person) {
      const box = this.$refs.text;
      const at = box.selectionStart;
      const head = box.value.slice(0, at).replace(AT, `@${person.name} `);
      this.text = head + box.value.slice(at);
      this.mentions.push({ id: person.id, name: person.name });
      this.people = null;
      this.$nextTick(() => {
        box.focus({ preventScroll: true });
        box.setSelectionRange(head.length, head.length);
      });
    },
    key(event) {
      if (event.isComposing || event.keyCode === 229) return; // Enter belongs to the input method while it composes
      if (this.people && this.people.length) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
          event.preventDefault();
          this.chosen = (this.chosen + step + this.people.length) % this.people.length;
          return;
        }
        if (event.key === 'Enter' || event.key === 'Tab') {
          event.preventDefault();
          this.take(this.people[this.chosen]);
          return;
        }
        if (event.key === 'Escape') {
          this.people = null;
          return;
        }
      }
      if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        this.send();
      }
    },
    files(event) {
      const list = [...event.target.files].slice(0, 9);
      event.target.value = '';
      this.panel = false;
      if (list.length) this.$emit('pictures', list);
    },
    documents(event) {
      const list = [...event.target.files].slice(0, 9);
      event.target.value = '';
      this.panel = false;
      if (list.length) this.$emit('files', list);
    },
    paste(event) {
      const images = [...(event.clipboardData ? event.clipboardData.files : [])].filter((f) => f.type.startsWith('image/'));
      if (!images.length) return;
      event.preventDefault();
      this.$emit('pictures', images);
    },
  },
  template: `
<div class="ys-composer">
  <ul v-if="people && people.length" class="ys-people" role="listbox" id="ys-people" :aria-label="labels.pick_person">
    <li v-for="(p, i) in people" :key="p.id" role="option" :id="'ys-person-' + i" :aria-selected="i === chosen" :class="{'is-on': i === chosen}" @pointerdown.prevent @click="take(p)">
      <span v-if="!p.id" class="ys-avatar" aria-hidden="true"><ys-icon name="groups"/></span><ys-avatar v-else :name="p.name" :bot="!!p.bot"/><span>{{ p.name }}</span><span v-if="p.bot" class="ys-tag ys-tag-green">{{ labels.bot }}</span><span v-else-if="p.badge" class="ys-tag ys-tag-red">{{ p.badge }}</span></li>
  </ul>
  <div v-if="quote" class="ys-quoting"><span><b>{{ quote.name }}</b> {{ quote.text }}</span><button type="button" class="ys-icon-btn" :aria-label="labels.unquote" @click="$emit('unquote')"><ys-icon name="close"/></button></div>
  <form v-if="room.can_post" class="ys-write" @submit.prevent="send">
    <button type="button" class="ys-icon-btn" :aria-label="labels.tools" :aria-expanded="panel ? 'true' : 'false'" @click="panel = !panel"><ys-icon name="add_circle"/></button>
    <textarea ref="text" v-model="text" rows="1" maxlength="20000" enterkeyhint="send" :placeholder="room.kind === 'assistant' ? labels.ask_here : labels.write_here" :aria-label="labels.write_here" autocomplete="off"
      :aria-controls="people ? 'ys-people' : null" :aria-activedescendant="people && people.length ? 'ys-person-' + chosen : null" @input="input" @keydown="key" @paste="paste" @focus="panel = false"></textarea>
    <button type="submit" class="ys-send" :aria-label="labels.send" :disabled="!text.trim()" @pointerdown.prevent><ys-icon name="arrow_upward"/></button>
  </form>
  <p v-else class="ys-readonly"><ys-icon name="lock"/>{{ room.closed_words || labels.read_only }}<a v-if="room.closed_href" class="ys-text-btn" :href="room.closed_href">{{ labels.order.see_why }}</a></p>
  <div v-if="panel" class="ys-tools">
    <label v-if="room.can_image !== false" class="ys-tool" @keydown.enter="$refs.file.click()"><input ref="file" class="ys-sr" type="file" accept="image/*" multiple @change="files"><span><ys-icon name="image"/></span>{{ labels.picture }}</label>
    <label v-if="room.can_file" class="ys-tool" @keydown.enter="$refs.document.click()"><input ref="document" class="ys-sr" type="file" accept=".pdf,.xlsx,.docx" multiple @change="documents"><span><ys-icon name="description"/></span>{{ labels.file }}</label>
    <button v-if="room.can_notice" type="button" class="ys-tool" @click="panel = false; $emit('notice')"><span><ys-icon name="campaign"/></span>{{ labels.notice }}</button>
    <a v-for="t in room.tools || []" :key="t.href" class="ys-tool" :href="t.href"><span><ys-icon :name="t.icon"/></span>{{ t.label }}</a>
  </div>
</div>`,
};
