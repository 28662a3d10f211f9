package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Results with the numbers that JSON lacks spelled out, as the driver protocol wants them. */
final class Numbers {
  private Numbers() {}

  static @Nullable Object spelled(@Nullable Object value) {
    if (value instanceof Double && !Double.isFinite((Double) value)) {
      return Map.of("$number", value.toString()); // Infinity, -Infinity, NaN
    }
    if (value instanceof NDArray) {
      return spelled((NDArray) value);
    }
    if (value instanceof List) {
      List<@Nullable Object> list = new ArrayList<>();
      ((List<?>) value).forEach(part -> list.add(spelled(part)));
      return list;
    }
    if (value instanceof Map) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      ((Map<?, ?>) value).forEach((key, part) -> map.put((String) key, spelled(part)));
      return map;
    }
    return value;
  }

  private static @Nullable Object spelled(NDArray array) {
    int[] shape = array.shape();
    if (shape.length == 0) {
      return element(array);
    }
    List<@Nullable Object> rows = new ArrayList<>();
    for (int i = 0; i < shape[0]; i++) {
      rows.add(spelled(array.row(i)));
    }
    return rows;
  }

  private static @Nullable Object element(NDArray array) {
    if (array.dtype().isFloat()) {
      return spelled((Object) array.doubleAt(0));
    }
    if (array.dtype() == DType.BOOL) {
      return array.longAt(0) != 0;
    }
    return array.dtype() == DType.UINT64
        ? (Object) new BigInteger(Long.toUnsignedString(array.longAt(0)))
        : (Object) array.longAt(0);
  }
}
