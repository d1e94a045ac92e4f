import type { Tx, UserModel } from "@/server/platform/db";
import { newId } from "@/server/platform/ids";

/** Inserts a person. The address is already lower case; a second person with it is a unique violation. */
export function createUser(
  tx: Tx,
  user: { email: string; name: string; passwordHash: string; mustChangePassword: boolean },
): Promise<UserModel> {
  return tx.user.create({ data: { id: newId(), ...user } });
}
