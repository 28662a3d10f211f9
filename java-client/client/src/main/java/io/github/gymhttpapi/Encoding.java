package io.github.gymhttpapi;

/**
 * How documents cross the wire. The values are the same in both; arrays are far smaller and faster
 * in MessagePack.
 */
public enum Encoding {
  /** Text; arrays are nested lists, NaN is null, and a float beyond 1e100 becomes infinite. */
  JSON("application/json", "application/json"),
  /** Binary; arrays keep their dtype, infinity and NaN are exact. */
  MSGPACK("application/vnd.msgpack", "application/vnd.msgpack, application/json;q=0.5");

  private final String contentType;
  private final String accept;

  Encoding(String contentType, String accept) {
    this.contentType = contentType;
    this.accept = accept;
  }

  /**
   * The media type of a request in this encoding.
   *
   * @return the value of the {@code Content-Type} header
   */
  public String contentType() {
    return contentType;
  }

  /**
   * What a client of this encoding asks for.
   *
   * @return the value of the {@code Accept} header
   */
  public String accept() {
    return accept;
  }
}
