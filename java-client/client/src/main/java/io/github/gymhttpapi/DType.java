package io.github.gymhttpapi;

/** The element types of arrays, by NumPy's names. */
public enum DType {
  /** Booleans, a byte each, 0 or 1. */
  BOOL("|b1", 1),
  /** Signed bytes. */
  INT8("|i1", 1),
  /** Unsigned bytes: what frames are made of. */
  UINT8("|u1", 1),
  /** 16-bit signed integers. */
  INT16("<i2", 2),
  /** 16-bit unsigned integers. */
  UINT16("<u2", 2),
  /** 32-bit signed integers. */
  INT32("<i4", 4),
  /** 32-bit unsigned integers. */
  UINT32("<u4", 4),
  /** 64-bit signed integers. */
  INT64("<i8", 8),
  /** 64-bit unsigned integers. */
  UINT64("<u8", 8),
  /** Half-precision floats; kept as {@code float}, which holds each of them exactly. */
  FLOAT16("<f2", 2),
  /** Single-precision floats. */
  FLOAT32("<f4", 4),
  /** Double-precision floats. */
  FLOAT64("<f8", 8);

  private static final DType[] ALL = values();

  private final String wireName;
  private final int bytes;

  DType(String wireName, int bytes) {
    this.wireName = wireName;
    this.bytes = bytes;
  }

  /**
   * NumPy's type string, such as {@code <f4}.
   *
   * @return the little-endian type string
   */
  public String wireName() {
    return wireName;
  }

  /**
   * Bytes that one element takes on the wire.
   *
   * @return the size of an element
   */
  public int bytes() {
    return bytes;
  }

  /**
   * NumPy's name, such as {@code float32}, as spaces give it.
   *
   * @return the name in lower case
   */
  public String numpyName() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * Whether elements are floating-point numbers.
   *
   * @return true for the three float types
   */
  public boolean isFloat() {
    return ordinal() >= FLOAT16.ordinal();
  }

  /**
   * Whether elements are integers without a sign, or booleans.
   *
   * @return true for {@code uint8} to {@code uint64} and {@code bool}
   */
  public boolean isUnsigned() {
    return this == BOOL || name().charAt(0) == 'U';
  }

  /**
   * Finds a type by either of its names.
   *
   * @param name a type string ({@code <f4}) or NumPy's name ({@code float32})
   * @return the type
   * @throws DecodeException when there is none
   */
  public static DType of(String name) {
    for (DType type : ALL) {
      if (type.wireName.equals(name) || type.numpyName().equals(name)) {
        return type;
      }
    }
    throw new DecodeException("Arrays of dtype '" + name + "' are not supported", null);
  }
}
