import { Icon } from "@/components/ui/Icon";

export function Brand() {
  return (
    <div className="brand">
      <Icon name="mark" />
      Holdfast
    </div>
  );
}
