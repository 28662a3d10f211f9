package io.github.gymhttpapi.internal;

/** IEEE 754 binary16, which Java has conversions for only since release 20. */
final class Float16 {
  private Float16() {}

  static float toFloat(short bits) {
    int exponent = bits >>> 10 & 0x1f;
    int mantissa = bits & 0x3ff;
    float magnitude;
    if (exponent == 0x1f) {
      magnitude = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else if (exponent == 0) {
      magnitude = mantissa * 0x1p-24f;
    } else {
      magnitude = Math.scalb(1f + mantissa * 0x1p-10f, exponent - 15);
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  /** The nearest half, ties to even; beyond 65504 it is infinity. */
  static short fromFloat(float value) {
    short sign = (short) (Float.floatToRawIntBits(value) >>> 16 & 0x8000);
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 65520f) {
      return (short) (sign | 0x7c00);
    }
    int exponent = Math.max(Math.getExponent(magnitude), -14);
    int steps = (int) Math.rint((double) Math.scalb(magnitude, 10 - exponent));
    // A subnormal has no implicit bit; a mantissa that rounds up to 2048 carries into the exponent
    // by itself.
    return (short) (sign | (exponent + 14 << 10) + steps);
  }
}
