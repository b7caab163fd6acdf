// A document in a conversation: what it is called, how large it is, and a download when touched.
import { Icon, fill } from 'ys/base.js';

const KB = 1024;

/** 860 KB, 1.2 MB. */
export function size(bytes) {
  if (bytes < KB * KB) return `${Math.max(1, Math.round(bytes / KB))} KB`;
  return `${(bytes / KB / KB).toFixed(1)} MB`;
}

export const FileBubble = {
  name: 'YsFile',
  components: { YsIcon: Icon },
  props: { file: Object, progress: Number, labels: Object },
  methods: {
    fill, size,
    /** Not a link: holding a finger on it shall open the menu of the message. */
    fetch() {
      if (!this.file.url) return;
      const link = document.createElement('a');
      Object.assign(link, { href: this.file.url, download: this.file.name });
      link.click();
    },
  },
  template: `<button type="button" class="ys-file" :class="'is-' + file.kind" @click="fetch" :aria-label="fill(labels.file_download, {name: file.name})">
    <span class="ys-file-kind" aria-hidden="true"><ys-icon name="description"/><b>{{ file.kind }}</b></span>
    <span class="ys-file-what"><span class="ys-file-name">{{ file.name }}</span><small>{{ size(file.bytes) }}</small></span>
    <span v-if="progress != null && progress < 1" class="ys-progress" aria-hidden="true"><i :style="{width: progress * 100 + '%'}"></i></span></button>`,
};
