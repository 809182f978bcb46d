// A directory that agrees to everything and keeps nothing: plain workerd has no D1, and no message touches it.
export default {
  async fetch(request) {
    const asked = await request.json();
    const answer = { success: true, results: { columns: [], rows: [] }, meta: {} };
    return Response.json(Array.isArray(asked) ? asked.map(() => answer) : answer);
  },
};
