export function check(): void {}
