/** The wire and the sockets: not part of the public API, and free to change in any release. */
@NullMarked
package io.github.gymhttpapi.internal;

import org.jspecify.annotations.NullMarked;
