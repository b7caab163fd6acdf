export default { template: "<div>toy</div>" };
