// Matrix products on Float64Array, row by row. One fast product, with the second factor given by its rows, does them all.

// C (m, n) = A (m, k) Bᵀ, B (n, k): 4 × 2 sums at a time stay in registers
export function productT(A, B, C, m, n, k) {
  let i = 0;
  for (; i + 4 <= m; i += 4) {
    const a0 = i * k, a1 = a0 + k, a2 = a1 + k, a3 = a2 + k;
    let j = 0;
    for (; j + 2 <= n; j += 2) {
      const b0 = j * k, b1 = b0 + k;
      let s00 = 0, s01 = 0, s10 = 0, s11 = 0, s20 = 0, s21 = 0, s30 = 0, s31 = 0;
      for (let p = 0; p < k; p++) {
        const x = B[b0 + p], y = B[b1 + p], t = A[a0 + p], u = A[a1 + p], v = A[a2 + p], w = A[a3 + p];
        s00 += t * x; s01 += t * y; s10 += u * x; s11 += u * y;
        s20 += v * x; s21 += v * y; s30 += w * x; s31 += w * y;
      }
      const c = i * n + j;
      C[c] = s00; C[c + 1] = s01; C[c + n] = s10; C[c + n + 1] = s11;
      C[c + 2 * n] = s20; C[c + 2 * n + 1] = s21; C[c + 3 * n] = s30; C[c + 3 * n + 1] = s31;
    }
    if (j < n) for (let r = i; r < i + 4; r++) C[r * n + j] = dot(A, r * k, B, j * k, k);
  }
  for (; i < m; i++) for (let j = 0; j < n; j++) C[i * n + j] = dot(A, i * k, B, j * k, k);
}

function dot(A, a, B, b, k) {
  let sum = 0;
  for (let p = 0; p < k; p++) sum += A[a + p] * B[b + p];
  return sum;
}

// A (m, n) -> T (n, m)
export function transpose(A, T, m, n) {
  for (let i = 0; i < m; i++) for (let j = 0, at = i; j < n; j++, at += m) T[at] = A[i * n + j];
}

// the rows of A (·, n) that `rows` names, one below the other
export function gather(A, rows, n, out = new Float64Array(rows.length * n)) {
  for (let i = 0; i < rows.length; i++) out.set(A.subarray(rows[i] * n, (rows[i] + 1) * n), i * n);
  return out;
}
