// A file and the fields around it, sent to a route; who asks is given the answer's data or the words of a refusal.
export async function sendFile(path, fields, failed) {
  const form = new FormData();
  Object.entries(fields).forEach(([key, value]) => form.append(key, value));
  try {
    const answer = await fetch(path, { method: 'POST', body: form, credentials: 'same-origin' });
    const data = await answer.json();
    return answer.ok ? { data, problem: '' } : { data: null, problem: (data.error && data.error.words) || failed };
  } catch (e) {
    return { data: null, problem: failed };
  }
}
