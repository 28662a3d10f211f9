package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class NDArrayTest {
  @Test
  void elementsOfTheRightTypeAreNotCopied() {
    double[] doubles = {1, 2};
    assertSame(doubles, NDArray.of(doubles).doubles());
    byte[] frame = new byte[12];
    assertSame(frame, NDArray.of(frame, 2, 2, 3).bytes());
  }

  @Test
  void unsignedElementsAreReadAsSuch() {
    assertArrayEquals(new double[] {255, 127}, NDArray.of(new byte[] {-1, 127}).doubles());
    NDArray wide = NDArray.of(DType.UINT64, new long[] {-1, 5}, 2);
    assertEquals(0x1p64, wide.doubleAt(0));
    assertEquals("uint64[2] {-1, 5}".replace("-1", "18446744073709551615"), wide.toString());
    assertEquals(4294967295L, NDArray.of(DType.UINT32, new int[] {-1}, 1).longAt(0));
    assertEquals(-1, NDArray.of(DType.INT8, new byte[] {-1}, 1).longAt(0));
  }

  @Test
  void rowsAreTakenFromTheFirstDimension() {
    NDArray matrix = NDArray.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    assertEquals(NDArray.of(new float[] {3, 4}), matrix.row(1));
    assertThrows(IndexOutOfBoundsException.class, () -> matrix.row(3));
    assertThrows(
        IndexOutOfBoundsException.class, () -> NDArray.of(DType.INT64, new long[1]).row(0));
  }

  @Test
  void shapeAndTypeAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> NDArray.of(new float[6], 4, 2));
    assertThrows(IllegalArgumentException.class, () -> NDArray.of(new float[2], -1, -2));
    Exception error =
        assertThrows(
            IllegalArgumentException.class, () -> NDArray.of(DType.FLOAT32, new int[1], 1));
    assertEquals("Elements of float32 come in a float[], not int[]", error.getMessage());
    assertThrows(IllegalStateException.class, () -> NDArray.of(new float[1]).bytes());
  }

  @Test
  void equalityIsOfTypeShapeAndElements() {
    assertEquals(NDArray.of(new float[] {Float.NaN}), NDArray.of(new float[] {Float.NaN}));
    assertNotEquals(NDArray.of(new float[] {1}), NDArray.of(new double[] {1}));
    assertNotEquals(NDArray.of(new float[4], 2, 2), NDArray.of(new float[4], 4));
    assertEquals(NDArray.of(new int[] {1}).hashCode(), NDArray.of(new int[] {1}).hashCode());
  }
}
